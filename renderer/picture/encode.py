"""From what the browser drew to the format that was asked for, off the event loop."""

import asyncio
import io
from typing import Any

from PIL import Image

from renderer.captured import RawPicture
from renderer.request import PictureOptions
from renderer.seal import Drawn

__all__ = ["encode_picture"]

_AS_DRAWN = ("png", "jpeg")

_WEBP_METHOD = {"fast": 0, "balanced": 2, "small": 4}
_AVIF_SPEED = {"fast": 9, "balanced": 7, "small": 5}


async def encode_picture(raw: RawPicture, options: PictureOptions) -> Drawn:
    """The final bytes. PNG and JPEG leave as they were drawn."""
    data = raw.data
    if options.format not in _AS_DRAWN:
        data = await asyncio.to_thread(_convert, data, options)
    return Drawn(data, options.format, raw.width, raw.height)


def _convert(png: bytes, options: PictureOptions) -> bytes:
    with Image.open(io.BytesIO(png)) as picture:
        out = io.BytesIO()
        picture.save(out, options.format.upper(), **_parameters(options))
        return out.getvalue()


def _parameters(options: PictureOptions) -> dict[str, Any]:
    if options.format == "webp":
        lossless = options.quality >= 100
        method = _WEBP_METHOD[options.compression]
        return {"quality": options.quality, "method": method, "lossless": lossless, "exact": False}
    # One thread: the bytes of an AVIF depend on how its tiles were shared out.
    return {
        "quality": options.quality,
        "speed": _AVIF_SPEED[options.compression],
        "max_threads": 1,
        "subsampling": "4:2:0",
    }
