"""What encoding promises of sizes, qualities and transparency; no browser is needed."""

import io

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from renderer.captured import RawPicture
from renderer.picture.encode import encode_picture
from renderer.request import PictureOptions


def _png(picture: Image.Image) -> RawPicture:
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


async def _encoded(picture: Image.Image, **options: object) -> bytes:
    drawn = await encode_picture(_png(picture), PictureOptions(**options))  # type: ignore[arg-type] # the test's own names
    return drawn.data


def _error(one: Image.Image, data: bytes) -> float:
    other = Image.open(io.BytesIO(data)).convert("RGB")
    return ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other)).sum2[0]


async def test_a_lower_quality_of_avif_is_smaller_and_less_like_the_page() -> None:
    page = _text("#fed")
    made = [await _encoded(page, format="avif", quality=quality) for quality in (20, 60, 90)]
    assert sorted(made, key=len) == made
    errors = [_error(page, data) for data in made]
    assert sorted(errors, reverse=True) == errors


async def test_one_quality_of_avif_is_no_larger_than_the_same_of_jpeg() -> None:
    page = _text("#fed")
    jpeg = io.BytesIO()
    page.convert("RGB").save(jpeg, "JPEG", quality=85)
    assert len(await _encoded(page, format="avif", quality=85)) < len(jpeg.getvalue())


@pytest.mark.parametrize("name", ["webp", "avif"])
async def test_text_on_a_transparent_ground_stays_transparent_and_small(name: str) -> None:
    page = _text("#0000")
    data = await _encoded(page, format=name)
    alpha = Image.open(io.BytesIO(data)).convert("RGBA").getchannel("A")
    assert alpha.getpixel((399, 199)) == 0
    assert max(alpha.tobytes()) > 250
    assert len(data) < len(_png(page).data)


@pytest.mark.parametrize("compression", ["fast", "balanced", "small"])
async def test_the_same_picture_makes_the_same_avif(compression: str) -> None:
    page = _text("#fed")
    one, two = [await _encoded(page, format="avif", compression=compression) for _ in range(2)]
    assert one == two
