"""The web of a soak run, on loopback: numbered pages, pictures, and a place that never answers."""

import asyncio
import io
from types import TracebackType
from typing import Self

from PIL import Image

from bench.soak.strip import strip_html

__all__ = ["SoakSite"]


class SoakSite:
    """`/page/N`, `/picture/N`, `/style.css`, `/silent/...`; `place` is `127.0.0.1:PORT`."""

    place: str

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.place = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://{self.place}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1].decode("latin-1")
                if path.startswith("/silent"):
                    await reader.read()  # until the other side has had enough
                    return
                writer.write(_answer(path))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()


def _answer(path: str) -> bytes:
    name, _, number = path.strip("/").partition("/")
    kind, body, caching = "text/html", b"", "max-age=600"
    match name:
        case "page":
            html = f"<link rel=stylesheet href=/style.css><body>{strip_html(int(number))}"
            more = "<img src=/picture/1 width=40><script>fetch('/picture/2')</script>"
            body = f"<!doctype html>{html}{more}".encode()
        case "picture":
            kind, body = "image/png", _picture(int(number))
        case "style.css":
            kind, body = "text/css", b"body{margin:0;padding-top:40px;background:#fff;color:#036}"
        case _:
            body, caching = b"nothing here", "no-store"
    head = (
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nCache-Control: {caching}\r\n\r\n"
    )
    return f"HTTP/1.1 200 OK\r\n{head}".encode() + body


def _picture(number: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), (number * 5 % 256, 90, 160)).save(out, "PNG")
    return out.getvalue()
