"""From what the browser drew to the format that was asked for, off the event loop."""

import asyncio
import io
from itertools import pairwise
from typing import Any

from PIL import Image

from renderer.captured import RawPicture
from renderer.request import PictureOptions
from renderer.seal import Drawn

__all__ = ["encode_picture"]

_AS_DRAWN = ("png", "jpeg")

_WEBP_METHOD = {"fast": 1, "balanced": 2, "small": 4}
"""Method 0 takes as long as 1, and makes a text on a transparent ground ten times as large."""

_AVIF_SPEED = {"fast": 8, "balanced": 7, "small": 6}
_AVIF_LARGE = 4_000_000
"""Pixels from which on AVIF is always made at its fastest: 64 megapixels would take minutes."""

_AVIF_QUALITY = ((1, 1), (50, 36), (75, 48), (85, 57), (95, 80), (100, 100))
"""JPEG's quality -> AVIF's of the same error, measured on the fixtures; between them lines."""


async def encode_picture(raw: RawPicture, options: PictureOptions) -> Drawn:
    """The final bytes. PNG and JPEG leave as they were drawn."""
    data = raw.data
    if options.format not in _AS_DRAWN:
        data = await asyncio.to_thread(_convert, data, options)
    return Drawn(data, options.format, raw.width, raw.height)


def _convert(png: bytes, options: PictureOptions) -> bytes:
    with Image.open(io.BytesIO(png)) as picture:
        out = io.BytesIO()
        picture.save(
            out, options.format.upper(), **_parameters(options, picture.width * picture.height)
        )
        return out.getvalue()


def _parameters(options: PictureOptions, pixels: int) -> dict[str, Any]:
    if options.format == "webp":
        lossless = options.quality >= 100
        method = _WEBP_METHOD[options.compression]
        return {"quality": options.quality, "method": method, "lossless": lossless, "exact": False}
    return {
        "quality": _avif_quality(options.quality),
        "speed": 9 if pixels > _AVIF_LARGE else _AVIF_SPEED[options.compression],
        # One thread: the bytes of an AVIF depend on how its tiles were shared out.
        "max_threads": 1,
        "subsampling": "4:4:4" if options.quality >= 100 else "4:2:0",
    }


def _avif_quality(quality: int) -> int:
    """The number under which AVIF looks as JPEG does under `quality`, 1 to 100."""
    for (low, low_avif), (high, high_avif) in pairwise(_AVIF_QUALITY):
        if quality <= high:
            share = (quality - low) / (high - low)
            return round(low_avif + share * (high_avif - low_avif))
    return 100
