"""Moving pictures: whole loops, exact times, the same frames each time."""

import io

import pytest
from PIL import Image, ImageSequence
from support.rendering import Draw

from renderer.animation.gif import delays_of
from renderer.errors import PictureTooLargeError, SelectorNotFoundError, StaticSourceError
from renderer.request import AnimationOptions

STEP = (
    "<!doctype html><style>*{margin:0}body{background:#fff}"
    "@keyframes go{from{left:0}to{left:40px}}"
    "div{position:absolute;width:4px;height:4px;background:#f00;animation:go 1s linear infinite}"
    "</style><div></div>"
)
SIZE = AnimationOptions(width=44, height=4, frames_per_second=10, colors=16)


def _frames(data: bytes) -> list[Image.Image]:
    return [frame.convert("RGB") for frame in ImageSequence.Iterator(Image.open(io.BytesIO(data)))]


def _left(frame: Image.Image) -> float:
    """Where the red square begins, to a part of a pixel."""
    row = [frame.getpixel((x, 1)) for x in range(frame.width)]
    return sum(
        1 - (255 - pixel[1]) / 255 for pixel in row[: row.index(min(row, key=lambda p: p[1])) + 1]
    )  # type: ignore[index]


async def test_one_loop_is_found_and_every_frame_is_at_its_exact_moment(draw: Draw) -> None:
    result = await draw(STEP, SIZE)
    assert (result.frames, result.duration_ms, result.frames_per_second) == (10, 1000, 10.0)
    assert (result.width, result.height, result.extension) == (44, 4, "gif")
    assert delays_of(result.data) == [10] * 10
    frames = _frames(result.data)
    assert [round(_left(frame)) for frame in frames] == [4 * index for index in range(10)]
    assert Image.open(io.BytesIO(result.data)).info["loop"] == 0


async def test_times_that_a_gif_cannot_say_are_rounded_without_drift(draw: Draw) -> None:
    options = AnimationOptions(width=44, height=4, frames_per_second=15)
    result = await draw(STEP, options)
    assert delays_of(result.data) == [7, 6, 7, 7, 6, 7, 7, 6, 7, 7, 6, 7, 7, 6, 7]
    assert sum(delays_of(result.data)) == 100


async def test_two_loops_give_their_common_multiple_and_there_and_back_counts_twice(
    draw: Draw,
) -> None:
    page = STEP + "<style>p{animation:go .75s infinite alternate;position:absolute}</style><p>x"
    assert (await draw(page, SIZE)).duration_ms == 3000


async def test_what_ends_is_recorded_to_its_end_once(draw: Draw) -> None:
    page = STEP.replace("infinite", "forwards 200ms")
    result = await draw(page, SIZE)
    assert result.duration_ms == 1200
    lefts = [round(_left(frame)) for frame in _frames(result.data)]
    assert lefts == [0, 0, 0, *range(4, 40, 4)]


async def test_svg_animations_move_too(draw: Draw) -> None:
    page = (
        "<!doctype html><style>*{margin:0}svg{display:block}</style><svg width=44 height=4><rect width=4 height=4 fill='#f00'>"
        "<animate attributeName=x from=0 to=40 dur=1s repeatCount=indefinite /></rect></svg>"
    )
    lefts = [round(_left(frame)) for frame in _frames((await draw(page, SIZE)).data)]
    assert lefts == [4 * index for index in range(10)]


async def test_frames_that_are_equal_stay_frames(draw: Draw) -> None:
    page = STEP.replace("linear infinite", "steps(2) infinite")
    result = await draw(page, SIZE)
    assert delays_of(result.data) == [10] * 10
    assert [round(_left(frame)) for frame in _frames(result.data)] == [0] * 5 + [20] * 5


async def test_duration_and_loop_are_as_asked(draw: Draw) -> None:
    options = AnimationOptions(width=44, height=4, frames_per_second=10, duration_ms=500, loop=3)
    result = await draw(STEP, options)
    assert (result.frames, result.duration_ms) == (5, 500)
    assert Image.open(io.BytesIO(result.data)).info["loop"] == 3


async def test_a_selector_records_an_elements_box(draw: Draw) -> None:
    page = (
        STEP
        + "<section style='position:absolute;left:8px;top:1px;width:20px;height:2px'></section>"
    )
    options = AnimationOptions(width=44, height=4, frames_per_second=10, selector="section")
    result = await draw(page, options)
    assert (result.width, result.height) == (20, 2)
    with pytest.raises(SelectorNotFoundError):
        await draw(STEP, AnimationOptions(width=44, height=4, selector="#no"))


async def test_P30_a_page_on_which_nothing_moves_is_said_so(draw: Draw) -> None:
    with pytest.raises(StaticSourceError, match="Static source"):
        await draw("<p>still", SIZE)
    paused = STEP.replace("infinite", "infinite paused")
    with pytest.raises(StaticSourceError):
        await draw(paused, SIZE)


async def test_the_same_animation_is_the_same_bytes(draw: Draw) -> None:
    first, second = await draw(STEP, SIZE), await draw(STEP, SIZE)
    assert first.data == second.data


async def test_too_many_frames_become_fewer_not_more_work(draw: Draw) -> None:
    page = STEP.replace("go 1s", "go 29s")
    options = AnimationOptions(width=44, height=4, frames_per_second=50)
    result = await draw(page, options)
    assert result.frames == 300
    assert result.duration_ms == 29_000


async def test_frames_of_too_many_bytes_are_refused_while_they_are_drawn(
    draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("renderer.animation.capture._MOST_BYTES", 1000)
    with pytest.raises(PictureTooLargeError, match=r"first \d of 10 frames .* fewer frames"):
        await draw(STEP, SIZE)
    monkeypatch.undo()
    assert (await draw(STEP, SIZE)).frames == 10


SCRIPTED = (
    "<!doctype html><style>*{margin:0}canvas{display:block}</style><canvas width=44 height=4></canvas>"
    "<script>const pen = document.querySelector('canvas').getContext('2d'); let ticks = 0;"
    "function draw() { pen.fillStyle = '#fff'; pen.fillRect(0, 0, 44, 4); pen.fillStyle = '#f00';"
    "pen.fillRect(ticks % 40, 0, 4, 4); } setInterval(() => { ticks += 4; draw(); }, 100); draw();</script>"
)


async def test_what_scripts_move_is_recorded_by_a_stepped_clock(draw: Draw) -> None:
    options = AnimationOptions(width=44, height=4, frames_per_second=10, duration_ms=1000)
    first = await draw(SCRIPTED, options, javascript=True)
    second = await draw(SCRIPTED, options, javascript=True)
    lefts = [round(_left(frame)) for frame in _frames(first.data)]
    assert lefts == [4 * index for index in range(10)]
    assert first.data == second.data


async def test_scripts_that_move_nothing_are_a_static_source(draw: Draw) -> None:
    with pytest.raises(StaticSourceError):
        await draw("<p>still<script>1</script>", SIZE, javascript=True)
