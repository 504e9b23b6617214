"""What a picture says of itself: that its colours are sRGB, and how large it is meant to be.

A CSS pixel is 1/96 inch, so a picture has 96 pixels an inch times its scale factor. What Chromium
encoded gets its tags spliced in; the pixels are never encoded again for them.
"""

import struct
from functools import lru_cache

from PIL import Image, ImageCms

from renderer.picture.png.file import chunk, with_chunks

__all__ = ["density", "exif_tags", "png_tags", "srgb_profile", "tagged_jpeg", "tagged_png"]

_PER_INCH = 96
_INCHES_PER_METRE = 1 / 0.0254
_PERCEPTUAL = b"\x00"
_METRE = 1
_INCH = 1
_EXIF_INCH = 2
_X_RESOLUTION, _Y_RESOLUTION, _UNIT = 282, 283, 296
_JFIF = b"\xff\xd8\xff\xe0"
_JFIF_NAME = slice(6, 11)
_JFIF_DENSITY = slice(13, 18)
_PROFILE_DATE = slice(24, 36)


def density(scale: float) -> int:
    """Pixels per inch of a picture with that scale factor."""
    return round(_PER_INCH * scale)


def png_tags(scale: float) -> bytes:
    """The chunks sRGB and pHYs (which counts pixels per metre)."""
    metre = round(_PER_INCH * scale * _INCHES_PER_METRE)
    size = chunk(b"pHYs", struct.pack(">IIB", metre, metre, _METRE))
    return chunk(b"sRGB", _PERCEPTUAL) + size


def tagged_png(data: bytes, scale: float) -> bytes:
    """Chromium's PNG with its tags."""
    return with_chunks(data, png_tags(scale))


def tagged_jpeg(data: bytes, scale: float) -> bytes:
    """Chromium's JPEG, which names its sRGB profile itself, with its density in the JFIF header."""
    if not data.startswith(_JFIF) or data[_JFIF_NAME] != b"JFIF\0":
        return data
    told = struct.pack(">BHH", _INCH, density(scale), density(scale))
    return data[: _JFIF_DENSITY.start] + told + data[_JFIF_DENSITY.stop :]


def exif_tags(scale: float) -> bytes:
    """The density for WebP and AVIF, which have no field of their own for it."""
    exif = Image.Exif()
    exif[_X_RESOLUTION] = exif[_Y_RESOLUTION] = float(density(scale))
    exif[_UNIT] = _EXIF_INCH
    return exif.tobytes()


@lru_cache
def srgb_profile() -> bytes:
    """An ICC profile of sRGB; without the date of its making, so that bytes stay the same."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    made[_PROFILE_DATE] = bytes(12)
    return bytes(made)
