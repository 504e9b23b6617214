import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api.limits import RateLimiter
from api.settings import ApiSettings
from core.settings import SettingsError
from platen.address import bind
from platen.connection import connection_class
from platen.listener import Listener


async def _echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(await request.body())


@pytest.fixture
async def port() -> AsyncIterator[int]:
    app = Starlette(routes=[Route("/", _echo, methods=["GET", "POST"])])
    taken = bind("127.0.0.1", 0)
    limiter = RateLimiter(ApiSettings(), None)
    listener = Listener(
        app, taken, grace=1, protocol=connection_class("http://render.example", 0.5, limiter)
    )
    await listener.start()
    yield taken.getsockname()[1]
    await listener.stop()


async def _send(port: int, *parts: bytes, pause: float = 0) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        async with asyncio.timeout(5):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def _problem(answer: bytes) -> dict:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    return json.loads(body)


GOOD = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


async def test_a_request_is_answered(port: int) -> None:
    assert (await _send(port, GOOD)).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("begun", [b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\nX: "])
async def test_A03_headers_that_do_not_come_are_not_waited_for(port: int, begun: bytes) -> None:
    slow = asyncio.create_task(_send(port, begun))
    assert (await _send(port, GOOD)).startswith(b"HTTP/1.1 200")
    problem = _problem(await slow)
    assert (problem["status"], problem["code"]) == (408, "request_timeout")


async def test_A03_a_byte_now_and_then_does_not_stretch_the_deadline(port: int) -> None:
    drip = [b"GET / HTTP/1.1\r\n", *[b"X: y\r\n"] * 30]
    began = asyncio.get_running_loop().time()
    await _send(port, *drip, pause=0.1)
    # All of it takes three seconds to send; the deadline is half a second.
    assert asyncio.get_running_loop().time() - began < 3.5


async def test_what_is_no_http_is_answered_with_the_headers_of_every_answer(port: int) -> None:
    answer = await _send(port, b"FOO / HTTP/1.1\r\nHost: x\r\n\r\n")
    head = answer.partition(b"\r\n\r\n")[0].lower()
    for name in (b"x-request-id", b"x-ratelimit-limit", b"ratelimit-policy", b"server-timing"):
        assert name + b": " in head
    assert _problem(answer)["requestId"].encode() in head


async def test_headers_have_a_size(port: int) -> None:
    long = b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 80_000 + b"\r\n\r\n"
    problem = _problem(await _send(port, long))
    assert (problem["status"], problem["code"]) == (431, "headers_too_large")
    problem = _problem(await _send(port, b"GET /" + b"y" * 80_000 + b" HTTP/1.1\r\n\r\n"))
    assert problem["status"] == 431


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"NONSENSE\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n Folded: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    ],
)
async def test_A07_what_two_servers_could_read_in_two_ways_is_refused(
    port: int, request_bytes: bytes
) -> None:
    problem = _problem(await _send(port, request_bytes))
    assert problem["status"] == 400
    assert problem["code"] == "malformed_request"
    assert problem["requestId"].startswith("req_")
    assert problem["type"].startswith("http://render.example/")


async def test_an_idle_connection_serves_its_next_request(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.7)  # longer than the headers' deadline, which must not count here
    writer.close()


async def test_a_taken_address_is_told_in_words() -> None:
    first = bind("127.0.0.1", 0)
    first.listen()
    with pytest.raises(SettingsError, match="--port"):
        bind("127.0.0.1", first.getsockname()[1])
    first.close()
