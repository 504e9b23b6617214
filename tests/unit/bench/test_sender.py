"""The client that measures: whole answers, kept connections, servers that close theirs."""

import asyncio
import select
from collections.abc import AsyncGenerator

import pytest

from bench.sender import Sender

HEADERS = {"Content-Type": "text/plain"}


class Server:
    """Answers each request with what it is asked for in the path."""

    def __init__(self) -> None:
        self.connections = 0
        self.asked: list[bytes] = []
        self.url = ""
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        while head := await _head(reader):
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            self.asked.append(await reader.readexactly(length))
            path = head.split(b" ")[1]
            if path == b"/cut":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
                break
            if path == b"/early":
                writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
            if path == b"/old":
                writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
                break
            if path == b"/chunks":
                writer.write(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n")
                writer.write(b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")
            else:
                big = b"x" * 3_000_000
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(big) + big)
            if path == b"/last":
                break
        writer.close()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


@pytest.fixture
async def server() -> AsyncGenerator[Server]:
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening:
        yield server


async def test_answers_are_whole_and_connections_kept(server: Server) -> None:
    sender = Sender()
    first = await sender.post(f"{server.url}/big", b"question", HEADERS)
    second = await sender.post(f"{server.url}/chunks", b"", HEADERS)
    both = [sender.post(f"{server.url}/big", b"", HEADERS) for _ in range(2)]
    assert [len(one.body) for one in await asyncio.gather(*both)] == [3_000_000] * 2
    sender.close()
    assert (first.status, first.headers["content-length"]) == (200, "3000000")
    assert (second.status, second.body) == (201, b"onetwo")
    assert server.asked[0] == b"question"
    assert server.connections == 2


async def test_a_connection_that_the_server_has_closed_is_not_used_again(server: Server) -> None:
    sender = Sender()
    for _ in range(2):
        assert (await sender.post(f"{server.url}/last", b"", HEADERS)).status == 200
        await asyncio.sleep(0.05)
    sender.close()
    assert server.connections == 2


async def test_nor_is_one_that_was_closed_while_nobody_looked(server: Server) -> None:
    sender = Sender()
    assert (await sender.post(f"{server.url}/big", b"", HEADERS)).status == 200
    server.writers[0].close()
    await asyncio.sleep(0)
    _until_ended(sender)
    assert (await sender.post(f"{server.url}/big", b"", HEADERS)).status == 200
    sender.close()
    assert server.connections == 2


def _until_ended(sender: Sender) -> None:
    """Hold the event loop up until the kernel knows of the end, as the check of a picture may."""
    socket = sender._idle[0]._writer.get_extra_info("socket")
    assert select.select([socket], [], [], 5)[0]


async def test_what_comes_before_an_answer_is_not_taken_for_it(server: Server) -> None:
    sender = Sender()
    answer = await sender.post(f"{server.url}/early", b"", HEADERS)
    assert (answer.status, "link" in answer.headers, len(answer.body)) == (200, False, 3_000_000)
    for _ in range(2):
        assert (await sender.post(f"{server.url}/old", b"", HEADERS)).body == b"ok"
    sender.close()


async def test_half_an_answer_is_an_error(server: Server) -> None:
    sender = Sender()
    with pytest.raises(ConnectionError):
        await sender.post(f"{server.url}/cut", b"", HEADERS)
    sender.close()
