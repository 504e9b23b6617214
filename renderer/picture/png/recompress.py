"""Chromium's fast PNG made smaller."""

from collections.abc import Callable
from typing import Literal

from renderer.picture.png.bands import bands_of_file
from renderer.picture.png.deflate import BALANCED, SMALL, deflated
from renderer.picture.png.file import decoded, read_png, write_png
from renderer.picture.png.palette import indexed_png

__all__ = ["recompressed"]

_COLOUR_TYPES = {3: 2, 4: 6}
_PALETTE_PIXELS = 16_000_000
"""A palette is made with the whole picture in memory; above this the bands alone are."""


def recompressed(
    data: bytes,
    compression: Literal["balanced", "small"],
    tags: bytes,
    check: Callable[[], None],
) -> bytes:
    """The same pixels in fewer bytes. `tags` are chunks that describe them."""
    png = read_png(data)
    effort = SMALL if compression == "small" else BALANCED
    if effort is SMALL and png.width * png.height <= _PALETTE_PIXELS:
        indexed = indexed_png(decoded(data), effort, tags, check)
        if indexed is not None:
            return indexed
    bands = bands_of_file(png, data, effort.band)
    stream = deflated(bands, png.channels, effort, check)
    return write_png(png.width, png.height, 8, _COLOUR_TYPES[png.channels], tags, stream)
