"""Pictures of at most 256 colours, as a palette and indices of as few bits as will do."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from renderer.picture.png.bands import bands_of_rows
from renderer.picture.png.deflate import Effort, deflated
from renderer.picture.png.file import chunk, write_png

__all__ = ["indexed_png", "quantized"]

_INDEXED = 3
_MOST = 256


def indexed_png(
    picture: Image.Image, effort: Effort, tags: bytes, check: Callable[[], None]
) -> bytes | None:
    """The same pixels with a palette; None if there are more than 256 colours. RGB or RGBA."""
    if picture.getcolors(_MOST) is None:
        return None
    pixels = np.asarray(picture.convert("RGBA")).view("<u4")[..., 0]
    colours, places = np.unique(pixels, return_inverse=True)
    places = places.reshape(pixels.shape).astype(np.uint8)
    table = colours.astype("<u4").view(np.uint8).reshape(-1, 4)
    order = np.argsort(table[:, 3], kind="stable")  # what is transparent first: tRNS ends early
    places = np.argsort(order).astype(np.uint8)[places]
    table, depth = table[order], _depth(len(order))
    rows = _packed(places, depth)
    stream = deflated(bands_of_rows(rows, effort.band), 1, effort, check)
    head = tags + chunk(b"PLTE", table[:, :3].tobytes()) + _transparency(table[:, 3])
    return write_png(picture.width, picture.height, depth, _INDEXED, head, stream)


def quantized(picture: Image.Image, colours: int) -> Image.Image:
    """The picture in at most so many colours, which is not lossless. RGB or RGBA.

    An octree takes 10 ms where a median cut with k-means takes a second, and per byte of the file
    it is as like the picture.
    """
    few = picture.quantize(colours, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    return few.convert(picture.mode)


def _depth(colours: int) -> int:
    return next(bits for bits in (1, 2, 4, 8) if colours <= 1 << bits)


def _packed(places: NDArray[np.uint8], depth: int) -> NDArray[np.uint8]:
    """Indices of `depth` bits, the leftmost in the highest bits; rows end at a byte."""
    each = 8 // depth
    padded = np.pad(places, ((0, 0), (0, -places.shape[1] % each)))
    packed = np.zeros((len(places), padded.shape[1] // each), np.uint8)
    for place in range(each):
        packed |= padded[:, place::each] << (8 - depth * (place + 1))
    return packed


def _transparency(alpha: NDArray[np.uint8]) -> bytes:
    some = int(np.count_nonzero(alpha < 255))
    return chunk(b"tRNS", alpha[:some].tobytes()) if some else b""
