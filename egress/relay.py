"""One connection from the browser: plain requests one after the other, or one tunnel."""

import asyncio
import re
from contextlib import suppress
from urllib.parse import urljoin

from core.errors import PlatenError
from egress.dial import Stream, dial
from egress.errors import BlockedAddressError
from egress.policy import Policy
from egress.session import Session, unexpected
from egress.target import Target
from egress.wire import Body, Head, WireError, read_body, read_head

__all__ = ["Relay"]

_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_FAILED = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_PIECE = 64 * 1024

_LATE_S = 1.0

_REPEATABLE = {b"GET", b"HEAD", b"OPTIONS"}


class Relay:
    """Passes on what the policy lets through, for one render, and counts it."""

    def __init__(
        self,
        policy: Policy,
        session: Session,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._policy = policy
        self._session = session
        self._reader = reader
        self._writer = writer
        self._upstream: Stream | None = None
        self._upstream_at: tuple[str, int] | None = None
        self._answering = False
        self._url = ""

    async def run(self) -> None:
        """Serve the connection until it ends. Every failure ends as one small answer or a cut."""
        # Who comes late is still heard, so that the refusal can be told.
        soon = asyncio.get_running_loop().time() + _LATE_S
        try:
            async with asyncio.timeout_at(max(self._session.deadline, soon)):
                await self._serve()
        except PlatenError as error:
            self._fail(error)
        except (WireError, UnicodeDecodeError, OSError) as error:
            if self._url or not isinstance(error, TimeoutError):  # else it was idle
                self._fail(unexpected(error))
        finally:
            self._hang_up()

    async def _serve(self) -> None:
        going_on = True
        while going_on and (head := await read_head(self._reader)) is not None:
            method, self._url = head.start[0], head.start[1].decode("latin-1")
            self._answering = False
            if method == b"CONNECT":
                self._url = f"https://{self._url}/"
                await self._tunnel(Target.of_authority("https", head.start[1].decode("ascii")))
                return
            going_on = await self._forward(head)
            self._url = ""

    def _fail(self, error: PlatenError) -> None:
        self._session.refuse(self._url, error)
        if self._answering:
            self._writer.transport.abort()  # a cut answer must not look whole
        else:
            self._writer.write(_REFUSED if isinstance(error, BlockedAddressError) else _FAILED)

    async def _dial(self, target: Target) -> Stream:
        limits = self._session.limits
        return await dial(
            self._policy, target.host, target.port, limits.connect_timeout, self._session.lookups
        )

    def _hang_up(self) -> None:
        if self._upstream is not None:
            self._upstream[1].close()
        self._upstream = self._upstream_at = None

    async def _tunnel(self, target: Target) -> None:
        self._session.admit(target.host)
        self._upstream = reader, writer = await self._dial(target)
        self._writer.write(_ESTABLISHED)
        self._answering = True
        patience = asyncio.timeout(self._session.limits.resource_timeout)
        pumps = [
            asyncio.create_task(self._pump(self._reader, writer, patience)),
            asyncio.create_task(self._pump(reader, self._writer, patience)),
        ]
        try:
            async with patience:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            results = await asyncio.gather(*pumps, return_exceptions=True)
        for result in results:
            if isinstance(result, PlatenError):
                raise result

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        patience: asyncio.Timeout,
    ) -> None:
        loop, seconds = asyncio.get_running_loop(), self._session.limits.resource_timeout
        while piece := await reader.read(_PIECE):
            patience.reschedule(loop.time() + seconds)
            self._session.spend(len(piece))
            writer.write(piece)
            await writer.drain()

    async def _forward(self, head: Head) -> bool:
        """Pass on one plain request; tells whether the browser's connection goes on."""
        target = _plain_target(self._url)
        self._session.admit(target.host)
        steps = self._session.arrived(target.url)
        async with asyncio.timeout(self._session.limits.resource_timeout):
            answer = await self._ask(head, target)
            self._note_redirect(target, answer, steps)
            return await self._answer(head.start[0], answer)

    def _note_redirect(self, target: Target, answer: Head, steps: int) -> None:
        location = answer.value(b"location").decode("latin-1")
        if location and answer.start[1].startswith(b"3"):
            with suppress(ValueError):  # a browser does not go there either
                whole = urljoin(target.url, location).partition("#")[0]
                self._session.redirected(whole, steps + 1)

    async def _ask(self, head: Head, target: Target) -> Head:
        body = head.body() or 0
        if self._upstream_at == (target.host, target.port):
            answer = await self._ask_again(head, target, body)
            if answer is not None:
                return answer
        self._hang_up()
        self._upstream = await self._dial(target)
        self._upstream_at = (target.host, target.port)
        answer = await self._exchange(self._upstream, head, target, body)
        if answer is None:
            raise WireError("the server closed the connection without an answer")
        return answer

    async def _ask_again(self, head: Head, target: Target, body: Body) -> Head | None:
        """Over the connection that is still open; None when it had gone stale meanwhile."""
        if self._upstream is None or body or head.start[0] not in _REPEATABLE:
            return None
        try:
            return await self._exchange(self._upstream, head, target, body)
        except ConnectionError:
            return None

    async def _exchange(
        self, upstream: Stream, head: Head, target: Target, body: Body
    ) -> Head | None:
        reader, writer = upstream
        first = b"%b %b HTTP/1.1" % (head.start[0], target.path.encode("latin-1"))
        writer.write(head.encode(first, (b"host", target.authority.encode("ascii"))))
        async for piece in read_body(self._reader, body):
            self._session.spend(len(piece))
            writer.write(piece)
            await writer.drain()
        answer = await read_head(reader)
        while answer is not None and answer.start[1].startswith(b"1"):
            if answer.start[1] == b"101":
                raise WireError("the server changed the protocol")
            answer = await read_head(reader)
        return answer

    async def _answer(self, method: bytes, answer: Head) -> bool:
        version, status, reason = answer.start
        if not version.startswith(b"HTTP/1.") or not status.isdigit() or status == b"407":
            raise WireError("the answer's first line is not valid")
        bodiless = method == b"HEAD" or status in {b"204", b"304"}
        body = 0 if bodiless else answer.body()
        self._answering = True
        closing = ((b"connection", b"close"),) if body is None else ()
        self._writer.write(answer.encode(b"HTTP/1.1 %b %b" % (status, reason), *closing))
        if self._upstream is not None:
            async for piece in read_body(self._upstream[0], body):
                self._session.spend(len(piece))
                self._writer.write(piece)
                await self._writer.drain()
        await self._writer.drain()
        last = b"close" in answer.value(b"connection").lower() or version == b"HTTP/1.0"
        if last or body is None:
            self._hang_up()
        return body is not None


def _plain_target(url: str) -> Target:
    """The target of an absolute `http:` URL, its path untouched: the browser has encoded it."""
    scheme, separator, rest = url.partition("://")
    if scheme.lower() != "http" or not separator:
        raise WireError("only http URLs and tunnels go through")
    match = re.match(r"[^/?#]*", rest)
    authority = match[0] if match else ""
    path = rest[len(authority) :].partition("#")[0]
    return Target.of_authority("http", authority, path if path.startswith("/") else f"/{path}")
