"""Small web servers on loopback that write down everything that reaches them."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

MARKER = "canary-marker-5f1d9c"


@dataclass(frozen=True)
class Asked:
    """One request as it arrived. `method` "" is a connection that never sent a whole head."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def query(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}


def answer(
    body: bytes | str = b"", status: str = "200 OK", kind: str = "text/html", **headers: str
) -> bytes:
    """A whole HTTP answer; keyword names become header names."""
    data = body.encode() if isinstance(body, str) else body
    fields = {"Content-Type": kind, "Content-Length": str(len(data))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + data


Handler = Callable[[Asked, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes | None]]


async def canary(
    asked: Asked, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter
) -> bytes:
    """What must not be reached: a page with the marker, readable by every origin."""
    return answer(f"<h1>{MARKER}</h1>", Access_Control_Allow_Origin="*")


async def redirector(
    asked: Asked, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter
) -> bytes:
    """`/302?to=`, `/307?to=`, ... `/refresh-header?to=`, `/meta?to=`, `/chain20?to=`, `/loop`."""
    place, _, query = asked.path.partition("?")
    name, to = place.strip("/"), unquote(query.removeprefix("to="))
    if name == "loop":
        return answer(status="302 Found", Location="/loop")
    if name.startswith("chain") and (left := int(name.removeprefix("chain"))):
        return answer(status="302 Found", Location=f"/chain{left - 1}?{query}")
    if name == "refresh-header":
        return answer("<p>wait</p>", Refresh=f"0; url={to}")
    if name == "meta":
        return answer(f'<meta http-equiv=refresh content="0; url={to}">')
    status = name if name.isdigit() else "302"
    return answer(status=f"{status} Moved", Location=to, Access_Control_Allow_Origin="*")


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, site: "Site") -> None:
        self._site = site

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._site.connections += 1
        self._site.asked.append(Asked("UDP", str(addr)))


class Site:
    """One server on several addresses with one port, TCP and UDP.

    `asked` is what reached it, in order; `connections` counts also what never said a word.
    """

    def __init__(
        self, handler: Handler = canary, hosts: tuple[str, ...] = ("127.0.0.1",), port: int = 0
    ) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self.port = port
        self._handler = handler
        self._hosts = hosts
        self._servers: list[asyncio.Server] = []
        self._datagrams: list[asyncio.DatagramTransport] = []
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        for host in self._hosts:
            server = await asyncio.start_server(self._serve, host, self.port)
            self.port = server.sockets[0].getsockname()[1]
            self._servers.append(server)
            with contextlib.suppress(OSError):  # somebody else may have the port's UDP half
                transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                    lambda: _Datagrams(self), (host, self.port)
                )
                self._datagrams.append(transport)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in [*self._servers, *self._datagrams]:
            server.close()
        for writer in list(self._open):
            writer.transport.abort()

    @property
    def place(self) -> str:
        """`127.0.0.1:PORT`, as `PLATEN_EGRESS_ALLOW` wants it."""
        return f"{self._hosts[0]}:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.place}{path}"

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            while asked := await self._read(reader):
                self.asked.append(asked)
                if (said := await self._handler(asked, reader, writer)) is None:
                    break
                writer.write(said)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Asked | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError as error:
            if error.partial:
                self.asked.append(Asked("", error.partial.decode("latin-1")))
            return None
        first, *lines = head[:-4].split("\r\n")
        method, path, _ = first.split(" ")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        return Asked(method, path, headers, body)


async def until(
    condition: Callable[[], object], seconds: float = 10.0, what: Callable[[], object] = str
) -> None:
    """Wait for a condition; AssertionError, telling `what`, when it does not come true in time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - what is waited for is in another process
                await asyncio.sleep(0.01)
            return
    raise AssertionError(f"the condition did not come true in time: {what()}")
