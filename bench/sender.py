"""The client of everything that is measured over HTTP: as little work as can be.

It runs on the cores of what it measures. A general client takes 2 ms of them for a picture, a
twentieth of all; so this one writes a request, hands what comes to httptools, and does no more.
"""

import asyncio
import contextlib
import select
from collections.abc import Mapping
from urllib.parse import urlsplit

import httptools

__all__ = ["Reply", "Sender"]


class Reply:
    """One answer, filled by httptools' parser."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.ended = False
        self.keeps = False
        self._parts: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)

    @property
    def body(self) -> bytes:
        """All of it."""
        return b"".join(self._parts)

    def feed(self, data: bytes) -> None:
        """What has been read from the connection."""
        self._parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        self.headers[name.decode().lower()] = value.decode()

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self.status = self._parser.get_status_code()

    def on_body(self, part: bytes) -> None:
        """Called by the parser."""
        self._parts.append(part)

    def on_message_complete(self) -> None:
        """Called by the parser. Before the answer there may be others (1xx)."""
        self.ended = self.status >= 200
        self.keeps = self._parser.should_keep_alive()
        if not self.ended:
            self.headers.clear()


class Sender:
    """POSTs to one server over connections that are kept, one request at a time on each."""

    def __init__(self, seconds: float = 60) -> None:
        self._seconds = seconds
        self._idle: list[_Line] = []

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """The answer. Raises ConnectionError and TimeoutError."""
        parts = urlsplit(url)
        async with asyncio.timeout(self._seconds):
            line = self._kept() or await _Line.opened(parts.netloc)
            try:
                reply = await line.exchange(parts.path or "/", body, headers)
            except BaseException:
                line.close()
                raise
        if reply.keeps:
            self._idle.append(line)
        else:
            line.close()
        return reply

    def _kept(self) -> "_Line | None":
        while self._idle:
            line = self._idle.pop()
            if not line.stale:
                return line
            line.close()
        return None

    def close(self) -> None:
        """Close what is kept."""
        for line in self._idle:
            line.close()
        self._idle.clear()


class _Line:
    """One connection."""

    _READ = 1 << 20

    def __init__(
        self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._host, self._reader, self._writer = host, reader, writer

    @classmethod
    async def opened(cls, netloc: str) -> "_Line":
        host, _, port = netloc.partition(":")
        return cls(netloc, *await asyncio.open_connection(host, int(port or 80), limit=cls._READ))

    @property
    def stale(self) -> bool:
        """Whether the server has closed it, as it may after some seconds.

        The kernel knows, even if the event loop has stood still meanwhile.
        """
        closing, socket = self._writer.is_closing(), self._writer.get_extra_info("socket")
        return closing or self._reader.at_eof() or bool(select.select([socket], [], [], 0)[0])

    async def exchange(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        told = {"Host": self._host, "Content-Length": str(len(body)), **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        self._writer.write(f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body)
        reply = Reply()
        while not reply.ended:
            if not (data := await self._reader.read(self._READ)):
                raise ConnectionError("the server has closed the connection")
            reply.feed(data)
        return reply

    def close(self) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            self._writer.close()
