"""Photographs and fonts as people send them, judged and put in order in the jail."""

import struct
import zlib
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageCms

from renderer.intake.errors import UnreadableFontError, UnreadableImageError
from renderer.intake.intake import take_font, take_photo
from renderer.jail import Jail

RED, BLUE = (200, 30, 30), (30, 30, 200)


def halves(mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", (40, 20), RED)
    picture.paste(BLUE, (20, 0, 40, 20))
    return picture.convert(mode)


def file_of(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def close(one: Any, other: Any, most: int = 12) -> bool:
    return all(abs(a - b) <= most for a, b in zip(one, other, strict=False))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "GIF"])
async def test_a_picture_that_browsers_show_stays_as_it_is(jail: Jail, kind: str) -> None:
    data = file_of(halves(), kind)
    taken = await take_photo(jail, data)
    assert taken.data == data
    assert (taken.facts["width"], taken.facts["height"], taken.facts["changed"]) == (40, 20, [])


async def test_what_the_camera_turned_is_upright_and_tells_no_place(jail: Jail) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side
    exif[0x010E] = "at home"
    taken = await take_photo(jail, file_of(halves(), "JPEG", exif=exif, quality=95))
    made = Image.open(BytesIO(taken.data))
    assert (made.size, taken.facts["changed"]) == ((20, 40), ["orientation"])
    assert close(made.convert("RGB").getpixel((10, 5)), RED)
    assert not made.getexif()


async def test_cmyk_is_read_as_colours_of_a_screen(jail: Jail) -> None:
    taken = await take_photo(jail, file_of(halves("CMYK"), "JPEG", quality=95))
    made = Image.open(BytesIO(taken.data))
    assert (made.mode, taken.extension, taken.facts["changed"]) == ("RGB", "jpg", ["mode"])
    assert close(made.getpixel((5, 10)), RED, 30)


async def test_a_profile_is_converted_and_srgb_is_none_to_convert(jail: Jail) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = await take_photo(jail, file_of(halves(), "PNG", icc_profile=srgb))
    assert plain.facts["changed"] == []
    strange = await take_photo(jail, file_of(halves(), "PNG", icc_profile=lab))
    assert strange.facts["changed"] == ["profile"]
    assert close(Image.open(BytesIO(strange.data)).convert("RGB").getpixel((5, 10)), RED)


async def test_sixteen_bits_of_grey_keep_their_range(jail: Jail) -> None:
    picture = Image.new("I;16", (4, 1))
    for x, value in enumerate((0, 21845, 43690, 65535)):
        picture.putpixel((x, 0), value)
    made = Image.open(BytesIO((await take_photo(jail, file_of(picture, "PNG"))).data))
    assert [made.convert("L").getpixel((x, 0)) for x in range(4)] == [0, 85, 170, 255]


async def test_a_jpeg_with_a_second_picture_behind_it_stays_a_jpeg(jail: Jail) -> None:
    import_module("PIL.MpoImagePlugin")
    data = file_of(halves(), "MPO", save_all=True, append_images=[halves()])
    taken = await take_photo(jail, data)
    assert (taken.media_type, taken.data == data) == ("image/jpeg", True)
    assert (taken.facts["frames"], taken.facts["changed"]) == (1, [])


def without_items(data: bytes) -> bytes:
    """An AVIF whose box of items says that there are none."""
    at = data.index(b"iloc") + 4
    return data[:at] + bytes(12) + data[at + 12 :]


def without_width(data: bytes) -> bytes:
    """A TIFF whose tag of its width (256) is another one."""
    at = data.index(struct.pack("<HHI", 256, 4, 1))
    return data[:at] + struct.pack("<H", 255) + data[at + 2 :]


@pytest.mark.parametrize("case", ["avif", "tiff"])
async def test_a_header_that_lies_makes_a_broken_picture_and_no_failure(
    jail: Jail, case: str
) -> None:
    bad = {"avif": (without_items, "AVIF"), "tiff": (without_width, "TIFF")}
    spoil, kind = bad[case]
    with pytest.raises(UnreadableImageError, match=r"broken|no picture"):
        await take_photo(jail, spoil(file_of(halves(), kind)))


@pytest.mark.parametrize("kind", ["TIFF", "BMP"])
async def test_what_browsers_do_not_show_becomes_a_png(jail: Jail, kind: str) -> None:
    taken = await take_photo(jail, file_of(halves(), kind))
    assert (taken.media_type, taken.facts["changed"]) == ("image/png", ["format"])
    assert Image.open(BytesIO(taken.data)).convert("RGB").getpixel((5, 10)) == RED


async def test_an_animation_stays_one(jail: Jail) -> None:
    frames = [halves(), halves().transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    data = file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])
    taken = await take_photo(jail, data)
    assert (taken.data, taken.facts["frames"]) == (data, 2)


def bomb() -> bytes:
    """A PNG of 40,000 x 40,000 pixels in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        summed = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + summed

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (file_of(halves(), "PNG")[:70], "broken"),
        (b"GIF89a" + b"\0" * 20, "picture"),
        (bomb(), "pixels"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "kinds"),
    ],
    ids=["cut off", "empty", "bomb", "postscript"],
)
async def test_a_broken_picture_is_refused_with_its_reason(
    jail: Jail, data: bytes, told: str
) -> None:
    with pytest.raises(UnreadableImageError, match=told):
        await take_photo(jail, data)


def some_font(root: Path, word: str) -> Path:
    return next(path for path in sorted((root / "fonts").rglob("*.*tf")) if word in path.name)


@pytest.mark.parametrize("flavor", [None, "woff", "woff2"])
async def test_a_font_says_its_family_weight_and_style(
    jail: Jail, root: Path, flavor: str | None
) -> None:
    face = TTFont(some_font(root, "Inter"))
    face.flavor = flavor
    out = BytesIO()
    face.save(out)
    taken = await take_font(jail, out.getvalue())
    assert taken.data == out.getvalue()
    assert taken.extension == (flavor or "ttf")
    assert taken.facts["family"].startswith("Inter")
    assert taken.facts["style"] == "normal"
    assert 1 <= taken.facts["weight"][0] <= taken.facts["weight"][1] <= 1000


def hostile_fonts(root: Path) -> dict[str, bytes]:
    whole = some_font(root, "Inter").read_bytes()
    face = TTFont(BytesIO(whole))
    packed = BytesIO()
    face.flavor = "woff2"
    face.save(packed)
    big = bytearray(packed.getvalue())
    big[16:20] = struct.pack(">I", 2_000_000_000)
    lies = bytearray(whole)
    lies[len(lies) // 2 : len(lies) // 2 + 20_000] = b"\xff" * 20_000
    return {
        "no font": b"hello",
        "empty": b"",
        "cut off": whole[:5000],
        "cut off woff2": packed.getvalue()[:3000],
        "bomb": bytes(big),
        "collection": b"ttcf" + whole,
        "nothing behind its mark": b"\0\1\0\0",
        "a table of lies": whole[:300] + b"\xff" * (len(whole) - 300),
    }


async def test_P24_hostile_fonts_are_refused_with_their_reason(jail: Jail, root: Path) -> None:
    for name, data in hostile_fonts(root).items():
        with pytest.raises(UnreadableFontError) as caught:
            await take_font(jail, data)
        assert len(caught.value.message) > 20, name
