"""Bodies are read and decompressed under a limit."""

import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import pytest

from egress.decode import read_limited
from egress.errors import FetchFailedError


async def pieces(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def raw_deflate(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-zlib.MAX_WBITS)


TEXT = b"hello, world. " * 500


@pytest.mark.parametrize(
    ("coding", "encode"),
    [("", bytes), ("GZIP", gzip.compress), ("deflate", zlib.compress), ("deflate", raw_deflate)],
)
async def test_every_encoding_that_is_asked_for_is_decoded(coding, encode) -> None:
    assert await read_limited(pieces(encode(TEXT)), coding, 10_000) == (TEXT, False)


async def test_a_body_of_exactly_the_limit_is_whole_and_one_byte_more_is_cut() -> None:
    assert await read_limited(pieces(b"x" * 100), "", 100) == (b"x" * 100, False)
    assert await read_limited(pieces(b"x" * 101), "", 100) == (b"x" * 100, True)


async def test_p06_a_compressed_bomb_never_takes_more_memory_than_the_limit() -> None:
    bomb = gzip.compress(b"\0" * 200_000_000)
    tracemalloc.start()
    body, more = await read_limited(pieces(bomb, 1 << 20), "gzip", 1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(body), more) == (1_000_000, True)
    assert peak < 8_000_000


@pytest.mark.parametrize(
    ("coding", "data"), [("br", b"x"), ("gzip", b"no gzip"), ("gzip, br", b"")]
)
async def test_what_cannot_be_decoded_is_an_error_that_says_so(coding: str, data: bytes) -> None:
    with pytest.raises(FetchFailedError):
        await read_limited(pieces(data), coding, 100)
