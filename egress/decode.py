"""Bodies read and decompressed under a limit, so that a small bomb stays small."""

import zlib
from collections.abc import AsyncIterable, Callable
from typing import Protocol

from egress.errors import FetchFailedError

__all__ = ["ACCEPT_ENCODING", "read_limited"]

ACCEPT_ENCODING = "gzip, deflate"
"""What can be decoded with a bound on the output; brotli's decoder here has none."""

_PIECE = 64 * 1024


class _Decoder(Protocol):
    def feed(self, data: bytes, room: int) -> bytes:
        """Decode `data`, giving at most `room` bytes."""
        ...


class _Identity:
    def feed(self, data: bytes, room: int) -> bytes:
        return data[:room]


class _Inflate:
    def __init__(self) -> None:
        # 32 + MAX_WBITS reads gzip and zlib headers; raw deflate is tried when neither is there.
        self._inner = zlib.decompressobj(32 + zlib.MAX_WBITS)
        self._begun = False

    def feed(self, data: bytes, room: int) -> bytes:
        try:
            out = self._inner.decompress(data, room)
        except zlib.error:
            if self._begun:
                raise
            self._inner = zlib.decompressobj(-zlib.MAX_WBITS)
            out = self._inner.decompress(data, room)
        self._begun = True
        return out


def _decoder(coding: str) -> _Decoder:
    if coding in {"", "identity"}:
        return _Identity()
    if coding in {"gzip", "x-gzip", "deflate"}:
        return _Inflate()
    raise FetchFailedError(f"The answer is in an encoding that was not asked for: {coding!r}.")


async def read_limited(
    chunks: AsyncIterable[bytes],
    coding: str,
    limit: int,
    on_bytes: Callable[[int], None] | None = None,
) -> tuple[bytes, bool]:
    """The decoded body, at most `limit` bytes of it, and whether more would have come.

    `on_bytes` hears the size of each decoded piece.
    """
    decoder = _decoder(coding.strip().lower())
    body = bytearray()
    async for chunk in chunks:
        for start in range(0, len(chunk), _PIECE):
            piece = _decoded(decoder, chunk[start : start + _PIECE], limit + 1 - len(body))
            body += piece
            if on_bytes is not None:
                on_bytes(len(piece))
            if len(body) > limit:
                return bytes(body[:limit]), True
    return bytes(body), False


def _decoded(decoder: _Decoder, data: bytes, room: int) -> bytes:
    try:
        return decoder.feed(data, room)
    except zlib.error as error:
        raise FetchFailedError(
            "The answer's compression is broken.", private=repr(error)
        ) from error
