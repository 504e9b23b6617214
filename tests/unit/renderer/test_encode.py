"""What encoding promises of sizes, qualities and transparency; no browser is needed."""

import asyncio
import io
import re
import time
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat
from support.site import until

from core.errors import InternalError
from renderer.captured import RawPicture
from renderer.errors import BudgetError
from renderer.picture.encode import encode_picture
from renderer.picture.encoders import Encoders, Halt, HaltedError
from renderer.picture.png.bands import bands_of_rows
from renderer.picture.png.file import write_png
from renderer.picture.png.filters import Filter, filtered
from renderer.request import PictureOptions
from renderer.seal import Drawn


@pytest.fixture(scope="module")
def encoders() -> Iterator[Encoders]:
    threads = Encoders(2)
    yield threads
    threads.close()


def _png(picture: Image.Image) -> RawPicture:
    """As the browser writes it: every row filtered by UP."""
    rows = np.asarray(picture).reshape(picture.height, -1)
    [band] = bands_of_rows(rows, rows.nbytes)
    channels = len(picture.getbands())
    stream = zlib.compress(filtered(band, Filter.UP, channels), 1)
    data = write_png(picture.width, picture.height, 8, {3: 2, 4: 6}[channels], b"", stream)
    return RawPicture(data, picture.width, picture.height)


def _png_by_pillow(picture: Image.Image) -> RawPicture:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return RawPicture(out.getvalue(), picture.width, picture.height)


def _text(ground: str) -> Image.Image:
    picture = Image.new("RGBA", (400, 200), ground)
    drawn = ImageDraw.Draw(picture)
    for line in range(8):
        drawn.text(
            (10, 10 + 22 * line), "Text that is set on this ground", fill="#123", font_size=18
        )
    return picture


async def _drawn(encoders: Encoders, picture: Image.Image, **options: object) -> Drawn:
    return await encode_picture(_png(picture), PictureOptions(**options), encoders)  # type: ignore[arg-type] # the test's own names


async def _encoded(encoders: Encoders, picture: Image.Image, **options: object) -> bytes:
    return (await _drawn(encoders, picture, **options)).data


def _error(one: Image.Image, data: bytes) -> float:
    other = Image.open(io.BytesIO(data)).convert("RGB")
    return ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other)).sum2[0]


async def test_a_lower_quality_of_avif_is_smaller_and_less_like_the_page(
    encoders: Encoders,
) -> None:
    page = _text("#fed")
    made = [
        await _encoded(encoders, page, format="avif", quality=quality) for quality in (20, 60, 90)
    ]
    assert sorted(made, key=len) == made
    errors = [_error(page, data) for data in made]
    assert sorted(errors, reverse=True) == errors


async def test_one_quality_of_avif_is_no_larger_than_the_same_of_jpeg(encoders: Encoders) -> None:
    page = _text("#fed")
    jpeg = io.BytesIO()
    page.convert("RGB").save(jpeg, "JPEG", quality=85)
    assert len(await _encoded(encoders, page, format="avif", quality=85)) < len(jpeg.getvalue())


@pytest.mark.parametrize("name", ["webp", "avif"])
async def test_text_on_a_transparent_ground_stays_transparent_and_small(
    encoders: Encoders, name: str
) -> None:
    page = _text("#0000")
    data = await _encoded(encoders, page, format=name)
    alpha = Image.open(io.BytesIO(data)).convert("RGBA").getchannel("A")
    assert alpha.getpixel((399, 199)) == 0
    assert max(alpha.tobytes()) > 250
    assert len(data) < len(_png(page).data)


@pytest.mark.parametrize("compression", ["fast", "balanced", "small"])
async def test_the_same_picture_makes_the_same_avif(encoders: Encoders, compression: str) -> None:
    page = _text("#fed")
    one, two = [
        await _encoded(encoders, page, format="avif", compression=compression) for _ in range(2)
    ]
    assert one == two


def _noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (120, 160, 3), np.uint8))


def _photo() -> Image.Image:
    small = np.random.default_rng(2).integers(0, 256, (12, 16, 3), np.uint8)
    return Image.fromarray(small).resize((320, 240), Image.Resampling.BICUBIC)


def _squares(count: int, mode: str = "RGB") -> Image.Image:
    picture = Image.new(mode, (97, 61), "#102030")
    drawn = ImageDraw.Draw(picture)
    for place in range(count - 1):
        x, y = place % 20 * 4, place // 20 * 4
        fill = (place * 13 % 256, place * 7 % 256, place % 256, 255 - place % 2 * 100)
        drawn.rectangle((x, y, x + 3, y + 3), fill[: len(picture.getbands())])
    return picture


PICTURES = {
    "one pixel": Image.new("RGB", (1, 1), "#123"),
    "text": _text("#fed").convert("RGB"),
    "text on nothing": _text("#0000"),
    "two colours": _squares(2),
    "sixteen colours": _squares(16),
    "256 colours": _squares(256),
    "257 colours": _squares(257),
    "see-through colours": _squares(40, "RGBA"),
    "gradient": Image.linear_gradient("L").convert("RGB"),
    "photograph": _photo(),
    "noise": _noise(),
    "a row": _noise().crop((0, 0, 160, 1)),
    "a column": _noise().crop((0, 0, 1, 120)),
}


@pytest.mark.parametrize("compression", ["fast", "balanced", "small"])
@pytest.mark.parametrize("name", PICTURES)
async def test_every_compression_has_the_same_pixels(
    encoders: Encoders, name: str, compression: str
) -> None:
    page = PICTURES[name]
    data = await _encoded(encoders, page, compression=compression)
    picture = Image.open(io.BytesIO(data))
    assert picture.size == page.size
    assert picture.convert("RGBA").tobytes() == page.convert("RGBA").tobytes()


async def test_rows_that_a_browser_filters_in_other_ways_are_read_as_well(
    encoders: Encoders,
) -> None:
    page = PICTURES["photograph"].resize((1200, 900))  # more than one band
    options = PictureOptions(compression="balanced")
    drawn = await encode_picture(_png_by_pillow(page), options, encoders)
    assert Image.open(io.BytesIO(drawn.data)).tobytes() == page.tobytes()


async def test_small_makes_a_palette_of_few_colours(encoders: Encoders) -> None:
    data = await _encoded(encoders, PICTURES["sixteen colours"], compression="small")
    assert Image.open(io.BytesIO(data)).mode == "P"
    assert len(data) < len(_png(PICTURES["sixteen colours"]).data)


@pytest.mark.parametrize("scale", [1.0, 2.5])
@pytest.mark.parametrize(
    ("name", "compression"),
    [(name, "fast") for name in ("png", "jpeg", "webp", "avif")]
    + [("png", "balanced"), ("png", "small")],
)
async def test_every_format_says_how_large_it_is_meant_to_be(
    encoders: Encoders, name: str, compression: str, scale: float
) -> None:
    data = await _encoded(
        encoders,
        PICTURES["text"],
        format=name,
        compression=compression,
        progressive=True,
        device_scale_factor=scale,
    )
    picture = Image.open(io.BytesIO(data))
    if name in {"webp", "avif"}:
        assert picture.getexif()[282] == 96 * scale
    else:
        assert picture.info["dpi"] == pytest.approx((96 * scale, 96 * scale), abs=0.1)
    if name == "png":
        assert picture.info["srgb"] == 0
    if name in {"jpeg", "webp"}:
        assert "sRGB".encode("utf-16-be") in picture.info["icc_profile"]


async def test_chromas_follow_the_option_and_the_content(encoders: Encoders) -> None:
    coloured = Image.new("RGB", (400, 200), "#00c")
    ImageDraw.Draw(coloured).text((10, 40), "Coloured text", fill="#f20", font_size=50)

    async def halved(page: Image.Image, chroma: str) -> bool:
        data = await _encoded(
            encoders, page, format="jpeg", progressive=True, chroma_subsampling=chroma
        )
        return (
            Image.open(io.BytesIO(data)).layer[1][1:3]
            != Image.open(  # type: ignore[attr-defined]
                io.BytesIO(data)
            ).layer[0][1:3]
        )  # type: ignore[attr-defined] # JPEG's own

    assert not await halved(coloured, "auto")
    assert not await halved(PICTURES["photograph"], "4:4:4")
    assert await halved(coloured, "4:2:0")
    assert await halved(PICTURES["photograph"], "auto")
    assert await halved(PICTURES["text"], "auto")


@pytest.mark.parametrize("progressive", [True, False])
async def test_progressive_is_as_asked(encoders: Encoders, progressive: bool) -> None:
    data = await _encoded(
        encoders,
        PICTURES["text"],
        format="jpeg",
        progressive=progressive,
        chroma_subsampling="4:4:4",
    )
    assert ("progressive" in Image.open(io.BytesIO(data)).info) is progressive


async def test_noise_fits_into_a_jpeg_of_any_kind(encoders: Encoders) -> None:
    page = Image.fromarray(np.random.default_rng(3).integers(0, 256, (400, 600, 3), np.uint8))
    for quality in (60, 85, 94, 100):
        data = await _encoded(
            encoders,
            page,
            format="jpeg",
            progressive=True,
            chroma_subsampling="4:4:4",
            quality=quality,
        )
        assert Image.open(io.BytesIO(data)).size == (600, 400)


@pytest.mark.parametrize("name", ["jpeg", "webp", "avif"])
async def test_a_budget_is_met_with_the_best_quality_that_fits(
    encoders: Encoders, name: str
) -> None:
    page = PICTURES["photograph"]
    whole = await _drawn(encoders, page, format=name, max_bytes=1_000_000)
    assert whole.warnings == ()
    budget = len(whole.data) * 6 // 10
    drawn = await _drawn(encoders, page, format=name, max_bytes=budget)
    assert len(drawn.data) <= budget
    [warning] = drawn.warnings
    assert warning.code == "quality_lowered"
    quality = warning.detail["quality"]
    assert 1 <= quality < 85
    if len(drawn.data) < budget * 0.97:
        more = await _drawn(encoders, page, format=name, quality=quality + 1, max_bytes=1_000_000)
        assert len(more.data) > budget


async def test_a_budget_of_a_png_is_met_without_loss_first(encoders: Encoders) -> None:
    page = PICTURES["text"]
    small = await _encoded(encoders, page, compression="small")
    drawn = await _drawn(encoders, page, max_bytes=len(small))
    assert drawn.data == small
    assert drawn.warnings == ()


@pytest.mark.parametrize("name", ["photograph", "text on nothing"])
async def test_a_smaller_budget_of_a_png_takes_colours(encoders: Encoders, name: str) -> None:
    page = PICTURES[name]
    budget = len(await _encoded(encoders, page, compression="small")) * 2 // 3
    drawn = await _drawn(encoders, page, max_bytes=budget)
    assert len(drawn.data) <= budget
    [warning] = drawn.warnings
    assert warning.code == "colors_reduced"
    colours = Image.open(io.BytesIO(drawn.data)).convert("RGBA").getcolors(256)
    assert colours is not None
    assert len(colours) <= warning.detail["colors"]


@pytest.mark.parametrize("name", ["png", "jpeg", "webp", "avif"])
async def test_a_budget_that_cannot_be_met_is_told_with_the_smallest_that_was_reached(
    encoders: Encoders, name: str
) -> None:
    with pytest.raises(BudgetError, match="maxBytes 40 cannot be met") as caught:
        await _drawn(encoders, PICTURES["photograph"], format=name, max_bytes=40)
    assert caught.value.status == 422
    assert [one.field for one in caught.value.fields] == ["maxBytes"]
    reached = re.search(r"reached is (\d+) bytes", caught.value.message)
    assert reached
    drawn = await _drawn(
        encoders, PICTURES["photograph"], format=name, max_bytes=int(reached.group(1))
    )
    assert len(drawn.data) == int(reached.group(1))


@pytest.mark.parametrize("cut", [0, 8, 30, 60, 2000])
async def test_a_picture_that_is_cut_short_is_our_fault_and_no_picture(
    encoders: Encoders, cut: int
) -> None:
    whole = _png(PICTURES["photograph"])
    broken = RawPicture(whole.data[:cut], whole.width, whole.height)
    with pytest.raises(InternalError):
        await encode_picture(broken, PictureOptions(compression="balanced"), encoders)


async def test_what_nobody_waits_for_is_halted(encoders: Encoders) -> None:
    halted: list[bool] = []

    def work(halt: Halt) -> None:
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            try:
                halt.check()
            except HaltedError:
                halted.append(True)
                return
            time.sleep(0.001)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await encoders.run(work, heavy=False)
    await encoders.run(lambda _: None, heavy=False)
    await until(lambda: halted == [True])
