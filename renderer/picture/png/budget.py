"""A PNG of at most so many bytes: harder compression first, then fewer colours."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from core.errors import InternalError
from renderer.picture.budget import best_within
from renderer.picture.png.deflate import SMALL
from renderer.picture.png.file import decoded
from renderer.picture.png.palette import indexed_png, quantized
from renderer.picture.png.recompress import recompressed

__all__ = ["Found", "png_within"]

_SMALL_SAVES = 6
"""`small` makes no more than so many times less of a picture than `balanced`, else it is no use."""
_LADDER = (2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256)
"""Numbers of colours that are tried."""


@dataclass(frozen=True, slots=True)
class Found:
    """The best file, or the smallest where none fits. `colors` None: all of the picture's own."""

    data: bytes
    colors: int | None = None


def png_within(
    data: bytes,
    most: int,
    compression: Literal["fast", "balanced", "small"],
    tags: bytes,
    check: Callable[[], None],
) -> Found:
    """From Chromium's fast PNG, which is too large itself if `compression` is fast."""
    if compression != "small":
        lossless = recompressed(data, "balanced", tags, check)
        if len(lossless) <= most:
            return Found(lossless)
        if len(lossless) > most * _SMALL_SAVES:
            return _fewer_colours(data, most, tags, check)
    lossless = recompressed(data, "small", tags, check)
    return Found(lossless) if len(lossless) <= most else _fewer_colours(data, most, tags, check)


def _fewer_colours(data: bytes, most: int, tags: bytes, check: Callable[[], None]) -> Found:
    picture = decoded(data)

    def with_colours(step: int) -> bytes:
        check()
        made = indexed_png(quantized(picture, _LADDER[step - 1]), SMALL, tags, check)
        if made is None:
            raise InternalError(private="more colours after quantization than were asked for")
        return made

    fits, smallest = best_within(most, len(_LADDER), with_colours)
    best = fits or smallest
    return Found(best.data, _LADDER[best.step - 1])
