"""The frame of a PNG file: reading our own, writing the one that leaves.

Only files that our own browser process wrote are read here, never one that somebody sent: there
is a signature, one header, pixels. Anything else is a fault of ours.
"""

import io
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image

from core.errors import InternalError

__all__ = ["PngFile", "chunk", "decoded", "read_png", "with_chunks", "write_png"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">IIBBBBB")
_HEADER_END = len(_SIGNATURE) + 12 + _HEADER.size
_CHANNELS = {2: 3, 6: 4}
"""Colour type -> bytes of a pixel, for the two types that the browser writes."""


@dataclass(frozen=True, slots=True)
class PngFile:
    """A picture of 8 bits a channel, RGB or RGBA. `stream` is the zlib stream of all its rows."""

    width: int
    height: int
    channels: int
    stream: bytes


def read_png(data: bytes) -> PngFile:
    """Take one of our own files apart. Raises InternalError for anything that is none."""
    try:
        width, height, depth, colour, *rest = _HEADER.unpack_from(data, len(_SIGNATURE) + 8)
        pieces = [piece for name, piece in _chunks(data) if name == b"IDAT"]
    except struct.error as error:
        raise InternalError(private="a PNG that ends too early") from error
    known = data.startswith(_SIGNATURE) and depth == 8 and colour in _CHANNELS and not any(rest)
    if not (known and width and height and pieces):
        raise InternalError(private=f"no PNG of ours: {data[:_HEADER_END]!r}")
    return PngFile(width, height, _CHANNELS[colour], b"".join(pieces))


def decoded(data: bytes) -> Image.Image:
    """All pixels of one of our own files, in memory. Raises InternalError if it is broken."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            return picture
    except (OSError, SyntaxError, ValueError) as error:
        raise InternalError(private=f"no PNG of ours: {error!r}") from error


def _chunks(data: bytes) -> Iterable[tuple[bytes, memoryview]]:
    view, place = memoryview(data), len(_SIGNATURE)
    while place < len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        yield name, view[place + 8 : place + 8 + length]
        place += length + 12


def chunk(name: bytes, body: bytes) -> bytes:
    """One chunk: its length, name, body and checksum."""
    checksum = zlib.crc32(body, zlib.crc32(name))
    return b"".join((struct.pack(">I", len(body)), name, body, struct.pack(">I", checksum)))


def write_png(
    width: int, height: int, depth: int, colour: int, chunks: bytes, stream: bytes
) -> bytes:
    """A whole file. `colour` is PNG's colour type; `chunks` stand between header and pixels."""
    header = chunk(b"IHDR", _HEADER.pack(width, height, depth, colour, 0, 0, 0))
    return b"".join((_SIGNATURE, header, chunks, chunk(b"IDAT", stream), chunk(b"IEND", b"")))


def with_chunks(data: bytes, chunks: bytes) -> bytes:
    """The same file with more chunks behind its header; the pixels are not touched."""
    return b"".join((data[:_HEADER_END], chunks, data[_HEADER_END:]))
