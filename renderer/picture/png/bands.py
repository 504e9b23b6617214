"""The pixels of a picture in bands of rows, so that memory is bounded whatever the picture."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from isal import isal_zlib
from isal.igzip_lib import IsalError
from numpy.typing import NDArray

from core.errors import InternalError
from renderer.picture.png.file import PngFile, decoded
from renderer.picture.png.filters import Band, restored

__all__ = ["bands_of_file", "bands_of_rows"]

_FEWEST_ROWS = 8


def bands_of_file(png: PngFile, data: bytes, size: int) -> Iterator[Band]:
    """Bands of about `size` bytes of the picture that `data` holds, which `png` was read from.

    Chromium's fast PNG is filtered by UP throughout and goes through memory band by band; should
    a browser choose otherwise one day, Pillow decodes the whole.
    """
    stride = png.width * png.channels
    inflate, rest = isal_zlib.decompressobj(), png.stream
    above = np.zeros(stride, np.uint8)
    done = 0
    while done < png.height:
        count = min(_rows(size, stride), png.height - done)
        flat = _inflated(inflate, rest, count * (stride + 1))
        rest = inflate.unconsumed_tail
        band = restored(np.frombuffer(flat, np.uint8).reshape(count, stride + 1), above)
        if band is None:
            rows = np.asarray(decoded(data)).reshape(png.height, -1)
            yield from _skipped(bands_of_rows(rows, size), done)
            return
        above, done = band[-1], done + count
        yield band


def bands_of_rows(rows: NDArray[np.uint8], size: int) -> Iterator[Band]:
    """Bands of a picture that is in memory: an array of height x bytes of a row."""
    count = _rows(size, rows.shape[1])
    above = np.zeros((1, rows.shape[1]), np.uint8)
    for start in range(0, len(rows), count):
        band = np.concatenate((above, rows[start : start + count]))
        above = band[-1:]
        yield band


def _inflated(inflate: Any, rest: bytes, wanted: int) -> bytes:
    """So many bytes and no more, whatever the stream holds."""
    try:
        flat = inflate.decompress(rest, wanted)
    except IsalError as error:  # pyright: ignore[reportGeneralTypeIssues] - its stub is wrong
        raise InternalError(private="a PNG whose stream is broken") from error
    if len(flat) != wanted:
        raise InternalError(private="a PNG whose pixels end too early")
    return flat


def _rows(size: int, stride: int) -> int:
    return max(_FEWEST_ROWS, size // stride)


def _skipped(bands: Iterator[Band], rows: int) -> Iterator[Band]:
    for band in bands:
        if rows <= 0:
            yield band
        rows -= len(band) - 1
