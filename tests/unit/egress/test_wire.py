"""HTTP/1.1 on the wire: heads are parsed strictly, ambiguous bodies are refused."""

import asyncio

import pytest

from egress.wire import CHUNKED, Head, WireError, read_body, read_head


def fed(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


async def head_of(data: bytes) -> Head:
    head = await read_head(fed(data))
    assert head is not None
    return head


async def body_of(data: bytes, length: int | None) -> bytes:
    return b"".join([piece async for piece in read_body(fed(data), length)])


async def test_a_head_is_read_in_order_with_lower_case_names() -> None:
    head = await head_of(b"GET http://a/ HTTP/1.1\r\nHost: a\r\nX-A:  1 \r\nx-a: 2\r\n\r\n")
    assert head.start == (b"GET", b"http://a/", b"HTTP/1.1")
    assert head.value(b"x-a") == b"1, 2"


async def test_a_status_line_may_have_spaces_in_its_reason_or_no_reason() -> None:
    assert (await head_of(b"HTTP/1.1 404 Not Found\r\n\r\n")).start[2] == b"Not Found"
    assert (await head_of(b"HTTP/1.1 200\r\n\r\n")).start == (b"HTTP/1.1", b"200", b"")


async def test_a_connection_that_ends_before_a_head_is_no_error() -> None:
    assert await read_head(fed(b"")) is None


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HT",
        b"GET /\r\n\r\n",
        b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\n folded: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\nHost: c\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\rHost: c\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\0\r\n\r\n",
        b"GET / HTTP/1.1\r\n: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000 + b"\r\n\r\n",
    ],
)
async def test_a_head_that_is_not_valid_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        await read_head(fed(data))


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: -1",
        b"Content-Length: 0x5",
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: identity",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    ],
)
async def test_a07_an_ambiguous_body_length_is_refused(fields: bytes) -> None:
    head = await head_of(b"POST / HTTP/1.1\r\n" + fields + b"\r\n\r\n")
    with pytest.raises(WireError):
        head.body()


async def test_fields_of_one_connection_are_not_passed_on() -> None:
    head = await head_of(
        b"GET / HTTP/1.1\r\nHost: evil\r\nConnection: x-mine, close\r\nX-Mine: 1\r\n"
        b"Proxy-Authorization: Basic eA==\r\nUpgrade: h2c\r\nAccept: */*\r\n\r\n"
    )
    assert head.encode(b"GET / HTTP/1.1", (b"host", b"good")) == (
        b"GET / HTTP/1.1\r\nhost: good\r\naccept: */*\r\n\r\n"
    )


async def test_bodies_are_passed_on_as_they_stand_on_the_wire() -> None:
    chunked = b"3;a=b\r\nabc\r\n0\r\n\r\n"
    assert await body_of(chunked + b"next", CHUNKED) == chunked
    assert await body_of(b"abcnext", 3) == b"abc"
    assert await body_of(b"to the end", None) == b"to the end"
    assert await body_of(b"left", 0) == b""


async def test_trailers_are_dropped() -> None:
    assert await body_of(b"0\r\nX: y\r\n\r\n", CHUNKED) == b"0\r\n\r\n"


@pytest.mark.parametrize(
    "data", [b"g\r\n", b"5\r\nab", b"2\r\nabcd\r\n0\r\n\r\n", b"-1\r\n", b"2\r\nab\r\n", b"\r\n"]
)
async def test_a_broken_chunked_body_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        await body_of(data, CHUNKED)


async def test_a_body_that_ends_too_early_is_refused() -> None:
    with pytest.raises(WireError):
        await body_of(b"abc", 4)
