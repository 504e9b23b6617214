"""What one picture is: which part of the page, at which scale, in which encoding."""

import asyncio
import io

import pytest
from PIL import Image
from support.pixels import drawn, letters_of
from support.rendering import Draw

from renderer.errors import PictureTooLargeError, SelectorNotFoundError
from renderer.request import HtmlSource, PictureOptions, TemplateSource

BARE = "<!doctype html><style>*{margin:0}div{position:absolute}</style>"
TWO = BARE + (
    "<div style='left:1px;top:1px;width:3px;height:2px;background:#f00'></div>"
    "<div id=b style='left:5px;top:2px;width:2px;height:2px;background:#00f'></div>"
)


async def test_a_picture_is_exactly_the_viewport_and_transparent_where_nothing_is_painted(
    draw: Draw,
) -> None:
    result = await draw(TWO)
    assert (result.width, result.height, result.media_type) == (8, 4, "image/png")
    assert letters_of(result.data) == drawn("""
        ........
        .RRR....
        .RRR.BB.
        .....BB.
    """)


async def test_transparent_false_paints_white(draw: Draw) -> None:
    result = await draw(TWO, PictureOptions(width=8, height=4, transparent=False))
    assert letters_of(result.data) == drawn("""
        ________
        _RRR____
        _RRR_BB_
        _____BB_
    """)


async def test_a_selector_cuts_out_the_elements_box(draw: Draw) -> None:
    result = await draw(TWO, PictureOptions(width=8, height=4, selector="#b"))
    assert (result.width, result.height) == (2, 2)
    assert letters_of(result.data) == drawn("""
        BB
        BB
    """)


async def test_a_selector_below_the_fold_is_cut_out_all_the_same(draw: Draw) -> None:
    page = BARE + "<div id=x style='left:2px;top:900px;width:3px;height:1px;background:#0f0'></div>"
    result = await draw(page, PictureOptions(width=8, height=4, selector="#x"))
    assert letters_of(result.data) == "GGG"


async def test_an_unknown_selector_is_the_contents_fault(draw: Draw) -> None:
    with pytest.raises(SelectorNotFoundError, match="#nowhere"):
        await draw(TWO, PictureOptions(width=8, height=4, selector="#nowhere"))


async def test_full_page_is_as_high_as_the_document(draw: Draw) -> None:
    page = BARE + "<p style='height:3px;background:#f00'><p style='height:3px;background:#0f0'>"
    result = await draw(page, PictureOptions(width=4, height=2, full_page=True))
    assert (result.width, result.height) == (4, 6)
    assert letters_of(result.data) == "\n".join(["RRRR"] * 3 + ["GGGG"] * 3)


async def test_full_page_ends_at_max_height_with_a_warning(draw: Draw) -> None:
    page = BARE + "<p style='height:5000px;background:#f00'>"
    result = await draw(page, PictureOptions(width=4, height=2, full_page=True, max_height=100))
    assert result.height == 100
    assert [one.code for one in result.warnings] == ["truncated_height"]


async def test_the_scale_factor_multiplies_the_pixels_and_is_seen_by_the_page(draw: Draw) -> None:
    page = TWO + "<style>@media (resolution: 2dppx) { #b { background: #0f0 !important } }</style>"
    result = await draw(page, PictureOptions(width=4, height=2, device_scale_factor=2))
    assert (result.width, result.height) == (8, 4)
    assert letters_of(result.data) == drawn("""
        ........
        ........
        ..RRRRRR
        ..RRRRRR
    """)
    clipped = await draw(
        page, PictureOptions(width=8, height=4, device_scale_factor=2, selector="#b")
    )
    assert letters_of(clipped.data) == "\n".join(["GGGG"] * 4)


async def test_more_pixels_than_allowed_are_refused_before_they_are_drawn(draw: Draw) -> None:
    page = BARE + "<p style='height:90000px'>"
    with pytest.raises(PictureTooLargeError, match="PLATEN_PICTURE_PIXELS"):
        await draw(page, PictureOptions(width=4096, height=2, full_page=True, max_height=90_000))


@pytest.mark.parametrize("name", ["jpeg", "webp", "avif", "png"])
async def test_each_format_is_what_it_says_and_shows_the_page(draw: Draw, name: str) -> None:
    page = (
        BARE
        + "<body style='background:#f00'><div style='left:32px;width:32px;height:64px;background:#00f'></div>"
    )
    result = await draw(page, PictureOptions(format=name, width=64, height=64, quality=90))  # type: ignore[arg-type]
    picture = Image.open(io.BytesIO(result.data))
    assert picture.format == name.upper()
    assert picture.size == (64, 64)
    assert result.extension == {"jpeg": "jpg"}.get(name, name)
    left, right = (
        picture.convert("RGB").getpixel((8, 32)),
        picture.convert("RGB").getpixel((56, 32)),
    )
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > 245
    assert left[2] < 12
    assert right[2] > 245
    assert right[0] < 12


@pytest.mark.parametrize("name", ["webp", "avif"])
async def test_webp_and_avif_keep_transparency(draw: Draw, name: str) -> None:
    result = await draw(TWO, PictureOptions(format=name, width=8, height=4, quality=100))  # type: ignore[arg-type]
    assert Image.open(io.BytesIO(result.data)).convert("RGBA").getpixel((7, 0))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("compression", ["fast", "balanced", "small"])
async def test_every_compression_has_the_same_pixels(draw: Draw, compression: str) -> None:
    options = PictureOptions(width=300, height=200, compression=compression)  # type: ignore[arg-type]
    page = BARE + "<body style='background:linear-gradient(45deg,#123,#f80)'><h1>Same</h1>"
    result, fast = (
        await draw(page, options),
        await draw(page, PictureOptions(width=300, height=200)),
    )
    assert Image.open(io.BytesIO(result.data)).convert("RGBA").tobytes() == (
        Image.open(io.BytesIO(fast.data)).convert("RGBA").tobytes()
    )


async def test_P02_an_endless_animation_is_drawn_at_its_beginning_and_a_short_one_at_its_end(
    draw: Draw,
) -> None:
    page = BARE + (
        "<style>@keyframes m{from{background:#f00}to{background:#0f0}}"
        "#a{animation:m 5s infinite}#b{animation:m 5s forwards}</style>"
        "<div id=a style='width:4px;height:4px;background:#00f'></div>"
        "<div id=b style='left:4px;width:4px;height:4px'></div>"
    )
    result = await draw(page)
    assert letters_of(result.data) == "\n".join(["BBBBGGGG"] * 4)


@pytest.mark.parametrize("html", ["", "   \n", "<!-- only a comment -->"])
async def test_P23_an_empty_document_is_a_blank_picture_with_a_warning(
    draw: Draw, html: str
) -> None:
    result = await draw(HtmlSource(html))
    assert letters_of(result.data) == "\n".join(["........"] * 4)
    assert [one.code for one in result.warnings] == ["empty_document"]


async def test_css_and_hide_change_what_is_drawn(draw: Draw) -> None:
    options = PictureOptions(width=8, height=4, css="body{background:#ff0}", hide=("#b",))
    result = await draw(TWO, options)
    assert letters_of(result.data) == drawn("""
        YYYYYYYY
        YRRRYYYY
        YRRRYYYY
        YYYYYYYY
    """)


async def test_renders_at_once_never_get_each_others_pixels(draw: Draw) -> None:
    async def one(number: int) -> None:
        colour = f"#{number * 3 % 256:02x}{number * 7 % 256:02x}{number * 13 % 256:02x}"
        source = TemplateSource(BARE + "<body style='background:{{ colour }}'>", {"colour": colour})
        size = PictureOptions(width=20 + number % 3, height=10)
        result = await draw(source, size, workspace=f"w{number % 5}")
        picture = Image.open(io.BytesIO(result.data)).convert("RGB")
        assert picture.size == (20 + number % 3, 10)
        assert picture.getcolors(4) == [(picture.width * 10, tuple(bytes.fromhex(colour[1:])))]

    await asyncio.gather(*(one(number) for number in range(60)))


async def test_full_page_does_not_stretch_what_is_measured_by_the_viewport(draw: Draw) -> None:
    page = BARE + (
        "<style>h1{height:100vh;background:#f00}</style><h1></h1>"
        "<p style='height:calc(50vh + 1px);background:#0f0'></p><p style='height:2px;background:#00f'>"
    )
    result = await draw(page, PictureOptions(width=4, height=4, full_page=True))
    assert letters_of(result.data) == "\n".join(["RRRR"] * 4 + ["GGGG"] * 3 + ["BBBB"] * 2)
