"""`fit`: text that shrinks to its box, looked at in pixels and in what the inspection says."""

import io

import pytest
from PIL import Image, ImageSequence
from support.rendering import Draw

from renderer.request import (
    AnimationOptions,
    DocumentOptions,
    PictureOptions,
    TemplateSource,
)

HEAD = (
    "<!doctype html><meta charset=utf-8><style>body{margin:0;background:#fff;font:48px/1.1 Inter}"
    "h1{margin:0;font:inherit;width:300px;height:120px;padding:10px;box-sizing:border-box;"
    "overflow:hidden}</style>"
)
LONG = "An unusually long headline that nobody had in mind when this was designed"
SIZE = PictureOptions(width=300, height=120)


def page(said: str, title: str = LONG, style: str = "") -> TemplateSource:
    return TemplateSource(f"{HEAD}<h1 style='{style}'>{said}</h1>", {"title": title})


def ink(picture: bytes | Image.Image) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is darker than the paper."""
    image = Image.open(io.BytesIO(picture)) if isinstance(picture, bytes) else picture
    grey = image.convert("L")
    box = grey.point(lambda value: 255 if value < 128 else 0).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("javascript", [False, True])
async def test_a_long_title_fills_its_box_and_leaves_it_nowhere(
    draw: Draw, javascript: bool
) -> None:
    cut = await draw(page("{{ title }}"), SIZE, javascript=javascript)
    assert [one.code for one in cut.warnings] == ["text_clipped"]
    result = await draw(page("{{ fit(title) }}"), SIZE, javascript=javascript)
    assert result.warnings == ()
    left, top, right, bottom = ink(result.data)
    assert left >= 10
    assert top >= 10
    assert 240 < right <= 290
    assert 90 < bottom <= 112
    again = await draw(page("{{ fit title }}"), SIZE, javascript=javascript)
    assert again.data == result.data


@pytest.mark.parametrize("style", ["", "line-height:.8", "line-height:100px", "display:flex"])
async def test_a_short_title_is_drawn_as_without_fit(draw: Draw, style: str) -> None:
    plain = await draw(page("{{ title }}", "Quay jg", style), SIZE)
    fitted = await draw(page("{{ title | fit }}", "Quay jg", style), SIZE)
    assert fitted.data == plain.data
    assert fitted.warnings == ()


async def test_a_text_is_never_smaller_than_its_least_size_and_then_told_of(draw: Draw) -> None:
    result = await draw(page("{{ fit(title, min=40) }}"), SIZE)
    (warning,) = result.warnings
    assert (warning.code, warning.detail["variable"]) == ("text_clipped", "title")
    least = await draw(page("{{ title }}", style="font-size:40px"), SIZE)
    assert result.data == least.data
    larger = await draw(page("{{ fit(title, min=400) }}"), SIZE)
    own = await draw(page("{{ title }}"), SIZE)
    assert larger.data == own.data


async def test_lines_are_counted(draw: Draw) -> None:
    for lines, deepest in ((1, 32), (2, 60)):
        said = "{{ fit(title, min=4, lines=" + str(lines) + ") }}"
        result = await draw(page(said, style="height:auto"), SIZE)
        assert result.warnings == ()
        assert ink(result.data)[3] <= deepest


MOVING = "<style>@keyframes in{from{transform:scale(0)}to{transform:none}}</style>"


@pytest.mark.parametrize(
    ("style", "said"),
    [
        ("animation:in .2s forwards", "<b>{{ fit(title) }}</b>"),
        ("rotate:20deg;scale:.5;transition:all 1s", "<b><i>{{ fit(title) }}</i></b>"),
        ("display:flex;align-items:center", "{{ fit(title) }}"),
        ("display:grid;place-items:center", "{{ fit(title) }}"),
        ("letter-spacing:9px;line-height:53px", " {{ fit(title) }} "),
        ("writing-mode:vertical-rl", "{{ fit(title) }}"),
        ("position:relative", "{{ fit(title) }}<i style='position:absolute;top:0'>x</i>"),
    ],
)
async def test_boxes_of_all_kinds_hold_their_text(draw: Draw, style: str, said: str) -> None:
    result = await draw(page(MOVING + said, style=style), SIZE)
    assert result.warnings == ()
    cut = await draw(page(MOVING + said.replace("fit(title)", "title"), style=style), SIZE)
    assert result.data != cut.data


async def test_a_document_is_fitted_too(draw: Draw) -> None:
    result = await draw(page("{{ fit(title) }}"), DocumentOptions())
    assert result.warnings == ()
    cut = await draw(page("{{ title }}"), DocumentOptions())
    assert [one.code for one in cut.warnings] == ["text_clipped"]


async def test_every_frame_of_an_animation_is_fitted(draw: Draw) -> None:
    moving = AnimationOptions(width=300, height=120)
    said = MOVING + "{{ fit(title) }}"
    result = await draw(page(said, style="animation:in .4s infinite alternate"), moving)
    frames = ImageSequence.Iterator(Image.open(io.BytesIO(result.data)))
    lowest = max(ink(frame)[3] for frame in frames if any(frame.convert("L").histogram()[:128]))
    assert 90 < lowest <= 112


async def test_weasyprint_says_that_it_cannot(draw: Draw) -> None:
    weasy = DocumentOptions(engine="weasyprint")
    result = await draw(page("{{ fit(title) }}"), weasy)
    assert [one.code for one in result.warnings] == ["fit_not_supported"]
    named = await draw(page("{{ title }}", title="<span data-platen-fit='8'>"), weasy)
    assert named.warnings == ()


async def test_a_page_of_too_many_texts_and_of_boxes_without_size_ends(draw: Draw) -> None:
    said = (
        "{% for _ in range(600) %}<p style='width:90px;height:20px'>{{ fit('many words') }}</p>"
        "<p style='width:0;height:0'>{{ fit('none', min=90) }}</p>{% endfor %}"
    )
    result = await draw(page(said, style="height:20px"), SIZE, timeout=60)
    assert result.width == 300
