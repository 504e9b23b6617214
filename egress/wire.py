"""HTTP/1.1 message heads and body lengths (RFC 9112), as little of it as a proxy needs."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

__all__ = ["Body", "Head", "WireError", "read_body", "read_head"]

Body = int | None
"""Length of a body in bytes, `CHUNKED`, or None: until the connection closes."""

CHUNKED = -1
_HEAD_LIMIT = 64 * 1024
_PIECE = 64 * 1024
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HOP_BY_HOP = {
    b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate",
    b"proxy-authorization", b"te", b"upgrade", b"expect",
}  # fmt: skip


class WireError(Exception):
    """The bytes are no HTTP/1.1 that we pass on."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first line's three parts, and the header fields with lower-case names, in order."""

    start: tuple[bytes, bytes, bytes]
    fields: tuple[tuple[bytes, bytes], ...]

    def value(self, name: bytes) -> bytes:
        """All values of a field joined by commas; empty when absent."""
        return b", ".join(value for key, value in self.fields if key == name)

    def end_to_end(self) -> list[tuple[bytes, bytes]]:
        """The fields without those that belong to one connection only (RFC 9110, 7.6.1)."""
        named = {name.strip().lower() for name in self.value(b"connection").split(b",")}
        return [(k, v) for k, v in self.fields if k not in _HOP_BY_HOP and k not in named]

    def body(self) -> Body:
        """The body's length as the fields state it; ambiguous ones are refused."""
        coding, length = self.value(b"transfer-encoding").lower(), self.value(b"content-length")
        if coding:
            if coding != b"chunked" or length:
                raise WireError("the body's length is ambiguous")
            return CHUNKED
        if not length:
            return None
        if not length.isdigit() or len(length) > 15:
            raise WireError("the body's length is no number")
        return int(length)

    def encode(self, start: bytes, *extra: tuple[bytes, bytes]) -> bytes:
        """The head for the other side: a new first line, `extra`, the other end-to-end fields."""
        replaced = {name for name, _ in extra}
        kept = [field for field in self.end_to_end() if field[0] not in replaced]
        lines = [start, *(b"%b: %b" % field for field in (*extra, *kept))]
        return b"\r\n".join(lines) + b"\r\n\r\n"


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """The next message's head; None when the connection ended cleanly before it."""
    try:
        block = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise WireError("the connection ended within a head") from error
    except asyncio.LimitOverrunError as error:
        raise WireError("the head is too long") from error
    if len(block) > _HEAD_LIMIT:
        raise WireError("the head is too long")
    return _parse(block[:-4])


def _parse(block: bytes) -> Head:
    first, *lines = block.split(b"\r\n")
    start = first.split(b" ", 2)
    if len(start) == 2 and start[0].startswith(b"HTTP/"):
        start.append(b"")  # a status line may lack its reason
    if len(start) != 3 or re.search(rb"[\r\n\0]", block.replace(b"\r\n", b"")):
        raise WireError("the head is not valid")
    return Head((start[0], start[1], start[2]), tuple(_field(line) for line in lines))


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon or not _TOKEN.fullmatch(name):
        raise WireError("a header field is not valid")
    return name.lower(), value.strip(b" \t")


async def read_body(reader: asyncio.StreamReader, body: Body) -> AsyncIterator[bytes]:
    """The body's bytes as they stand on the wire, chunk framing included."""
    if body is None:
        while piece := await reader.read(_PIECE):
            yield piece
    elif body == CHUNKED:
        async for piece in _chunks(reader):
            yield piece
    else:
        async for piece in _exactly(reader, body):
            yield piece


async def _exactly(reader: asyncio.StreamReader, size: int) -> AsyncIterator[bytes]:
    while size:
        piece = await reader.read(min(size, _PIECE))
        if not piece:
            raise WireError("the body ended too early")
        size -= len(piece)
        yield piece


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while True:
        line = await _line(reader)
        digits = line.partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{1,12}", digits):
            raise WireError("a chunk's size is not valid")
        yield line
        size = int(digits, 16)
        if not size:
            break
        async for piece in _exactly(reader, size):
            yield piece
        if (end := await _line(reader)) != b"\r\n":
            raise WireError("a chunk does not end where it should")
        yield end
    while (line := await _line(reader)) != b"\r\n":
        pass  # trailers are dropped
    yield line


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise WireError("the chunked body is cut") from error
