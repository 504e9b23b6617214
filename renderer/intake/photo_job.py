"""A photograph as people send it, made one that every engine shows alike. Runs in the jail."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from renderer.document.images import FORMATS, MAX_PIXELS, restrict
from renderer.jail_child.call import Answer, Call, JobError

__all__ = ["opened", "photo", "upright", "whole", "written"]

restrict()

_WEB = ("AVIF", "GIF", "JPEG", "PNG", "WEBP")
"""What browsers show; everything else is written anew."""
_PLAIN = ("1", "L", "LA", "P", "RGB", "RGBA")
"""Modes of eight bits in grey or RGB."""
_ORIENTATION = 0x0112
_SRGB = ImageCms.createProfile("sRGB")
_WRITTEN: dict[str, dict[str, Any]] = {
    "JPEG": {"format": "JPEG", "quality": 92, "subsampling": 0},
    "WEBP": {"format": "WEBP", "quality": 92},
    "AVIF": {"format": "WEBP", "quality": 92},
}
_LOSSLESS: dict[str, Any] = {"format": "PNG", "compress_level": 6}


def photo(call: Call) -> Answer:
    """The picture in attachment 0: facts, and its bytes if they had to be written anew.

    What is turned by its EXIF, in CMYK, in a profile that is not sRGB, in sixteen bits or in a
    format that browsers do not show is written upright, in sRGB, with eight bits. Animations
    stay as they are. `changed` says why.
    """
    with whole():
        picture = opened(call.attachments[0])
        kind = str(picture.format)
        frames = 1 if kind == "JPEG" else int(getattr(picture, "n_frames", 1))
        reasons = [] if frames > 1 and kind in _WEB else _reasons(picture)
        picture.load()
        seen = upright(picture) if reasons else picture
        files = [written(seen, kind)] if reasons else []
    facts = {"width": seen.width, "height": seen.height, "frames": frames, "changed": reasons}
    return {**facts, "format": _format(seen, kind) if reasons else kind}, files


@contextmanager
def whole() -> Generator[None]:
    """Take broken pictures for what they are: JobError."""
    try:
        yield
    except (JobError, MemoryError):
        raise
    except Exception as error:  # decoders raise whatever a hostile header makes them raise
        told = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise JobError("unreadable_image", f"The picture is broken: {told}") from error


def opened(data: bytes) -> Image.Image:
    """The picture, judged by its header. Raises JobError."""
    try:
        picture = Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        text = f"The picture has more than {MAX_PIXELS:,} pixels. Make it smaller."
        raise JobError("image_too_large", text) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        names = ", ".join(FORMATS)
        raise JobError("unreadable_image", f"This is no picture of these kinds: {names}") from error
    if picture.width * picture.height > MAX_PIXELS:
        text = f"The picture has more than {MAX_PIXELS:,} pixels. Make it smaller."
        raise JobError("image_too_large", text)
    if picture.format == "MPO":
        # A JPEG of a telephone, with another one behind it that nobody shows.
        picture.format = "JPEG"
    return picture


def upright(picture: Image.Image) -> Image.Image:
    """The picture as it should be seen: turned, in sRGB, RGB or RGBA."""
    seen = _in_srgb(ImageOps.exif_transpose(picture))
    seen = seen.convert("RGBA" if seen.has_transparency_data else "RGB")
    # Nothing of what the camera noted, such as the place, goes on.
    seen.info.clear()
    return seen


def written(picture: Image.Image, kind: str) -> bytes:
    """The picture as a file of its kind, or of the nearest that browsers show."""
    out = BytesIO()
    picture.save(out, **_options(picture, kind))
    return out.getvalue()


def _format(picture: Image.Image, kind: str) -> str:
    return str(_options(picture, kind)["format"])


def _options(picture: Image.Image, kind: str) -> dict[str, Any]:
    return _LOSSLESS if kind == "JPEG" and picture.mode == "RGBA" else _WRITTEN.get(kind, _LOSSLESS)


def _reasons(picture: Image.Image) -> list[str]:
    tests = {
        "format": picture.format not in _WEB,
        "orientation": picture.getexif().get(_ORIENTATION, 1) != 1,
        "mode": picture.mode not in _PLAIN,
        "profile": not _is_srgb(picture.info.get("icc_profile")),
    }
    return [name for name, holds in tests.items() if holds]


def _is_srgb(profile: bytes | None) -> bool:
    if not profile:
        return True
    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(profile)))
    except (OSError, ImageCms.PyCMSError):
        return False
    return "srgb" in name.lower()


def _in_srgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith(("I", "F")):
        return _eight_bits(picture)
    profile = picture.info.get("icc_profile")
    if profile and not _is_srgb(profile):
        picture = _by_profile(picture, profile)
    if picture.mode == "LAB":
        raise JobError("unreadable_image", "The picture is in Lab colours: save it as RGB.")
    return picture


def _by_profile(picture: Image.Image, profile: bytes) -> Image.Image:
    """In sRGB by its own profile; as it is when the profile is broken or of another kind."""
    alpha = picture.getchannel("A") if picture.mode in {"LA", "RGBA"} else None
    if picture.mode in {"LA", "P", "RGBA"}:
        picture = picture.convert("L" if picture.mode == "LA" else "RGB")
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        made = ImageCms.profileToProfile(picture, source, _SRGB, outputMode="RGB")
    except (OSError, ImageCms.PyCMSError):
        made = None
    made = made or picture.convert("RGB")
    if alpha is not None:
        made.putalpha(alpha)
    return made


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Grey of sixteen or more bits, its range kept: 65,535 is white."""
    if picture.mode == "F":
        raise JobError(
            "unreadable_image", "The picture holds fractions: save it with 8 or 16 bits."
        )
    shift: Callable[[float], float] = lambda value: value * (1 / 257)  # noqa: E731
    return picture.convert("I").point(shift).convert("L")
