"""One client's connection: uvicorn's, with bounds on what may come before a request's body."""

import asyncio
from http import HTTPStatus
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.edge import common_headers
from api.exchange import Exchange
from api.limits import RateLimiter
from api.problems import problem_response
from core.clock import now_us
from core.errors import RequestError
from core.ids import new_id
from platen.errors import HeadersTooLargeError, MalformedRequestError, SlowHeadersError

__all__ = ["Connection", "connection_class"]


class Connection(HttpToolsProtocol):
    """Headers have a deadline and a size; what is no HTTP is answered in the one error shape."""

    base_url: ClassVar[str] = ""
    header_seconds: ClassVar[float] = 20.0
    header_bytes: ClassVar[int] = 65_536
    limiter: ClassVar[RateLimiter]

    _deadline: asyncio.TimerHandle | None = None
    _taken = 0
    _refused: RequestError | None = None

    def connection_made(self, transport: Any) -> None:
        """A client that says nothing is let go as well."""
        super().connection_made(transport)
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._disarm()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The first byte of a request: its headers' time and size begin to count."""
        super().on_message_begin()
        self._taken = 0
        self._arm()

    def on_url(self, url: bytes) -> None:
        """A part of the request's target."""
        self._take(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._take(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """From here on the body's own limits hold."""
        self._disarm()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse and close, with the reason in the one shape of errors."""
        self._refuse(
            self._refused
            or MalformedRequestError(
                "What was sent is not a valid HTTP/1.1 request: mend the client"
            )
        )

    def _take(self, size: int) -> None:
        self._taken += size
        if self._taken > self.header_bytes:
            self._refused = HeadersTooLargeError(
                f"The request's line and headers are longer than {self.header_bytes} bytes: "
                "send data in the body"
            )
            raise ValueError  # out of the parser, which hands it on to `send_400_response`

    def _arm(self) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(self.header_seconds, self._late)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        cycle: Any = self.cycle  # None until the first request, whatever uvicorn's types say
        if self.transport.is_closing():
            return
        if cycle is not None and not cycle.response_complete:
            self._arm()  # a pipelined request is late, but the one before it is being answered
            return
        self._refuse(
            SlowHeadersError(
                f"The request's headers did not arrive within {self.header_seconds:g} s: "
                "send them at once"
            )
        )

    def _refuse(self, error: RequestError) -> None:
        exchange = Exchange(new_id("req"), "", now_us())
        response = problem_response(
            error, request_id=exchange.request_id, instance="", base_url=self.base_url
        )
        common = common_headers(exchange, self.limiter.open_standing())
        headers = [*response.raw_headers, *common, (b"connection", b"close")]
        phrase = HTTPStatus(error.status).phrase
        lines = [f"HTTP/1.1 {error.status} {phrase}".encode()]
        lines += [name + b": " + value for name, value in headers]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(response.body)]))
        self.transport.close()


def connection_class(
    base_url: str, header_seconds: float, limiter: RateLimiter
) -> type[Connection]:
    """The protocol with its settings: uvicorn takes a class and makes one object per client.

    `limiter` says what the headers tell somebody who showed no key.
    """
    return type(
        "ConfiguredConnection",
        (Connection,),
        {
            "base_url": base_url,
            "header_seconds": header_seconds,
            "limiter": limiter,
        },
    )
