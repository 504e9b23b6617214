"""The outermost layer: an id, the headers of every answer, and a problem for every error."""

import asyncio

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import StoppingError
from api.exchange import Exchange
from api.limits import RateLimiter, Standing
from api.problems import problem_response
from core.clock import now_us
from core.errors import InternalError, PlatenError
from core.ids import new_id
from core.lack import lack_of
from core.leaving import header_bytes

__all__ = ["Edge", "common_headers"]

_log = structlog.get_logger("platen.api")
_AGAIN_AFTER_STOP = 5


class Edge:
    """ASGI middleware. No error passes it, and no answer leaves without its headers."""

    def __init__(self, app: ASGIApp, *, limiter: RateLimiter, base_url: str) -> None:
        self._app = app
        self._limiter = limiter
        self._base_url = base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass on what is none."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(new_id("req"), _path(scope), now_us())
        exchange.put(scope)
        answer = _Answer(send, exchange, self._limiter)
        try:
            await self._app(scope, receive, answer)
        except PlatenError as error:
            await self._fail(error, exchange, answer, scope, receive)
        except asyncio.CancelledError:
            # The process is told to stop and its grace has ended: the last word is ours as well.
            stopping = StoppingError(
                "The service stops and has no more time for this request: send it again",
                retry_after=_AGAIN_AFTER_STOP,
            )
            await self._fail(stopping, exchange, answer, scope, receive)
        except Exception as error:
            # The last resort: whatever went wrong, the client gets the shape that it knows.
            _log.exception("request failed", request_id=exchange.request_id, route=exchange.route)
            known = lack_of(error) or InternalError(
                f"Something failed inside the service; its log tells more of {exchange.request_id}",
                private=repr(error),
            )
            await self._fail(known, exchange, answer, scope, receive)
        _log_request(scope, exchange, answer.status)

    async def _fail(
        self,
        error: PlatenError,
        exchange: Exchange,
        answer: "_Answer",
        scope: Scope,
        receive: Receive,
    ) -> None:
        exchange.code = error.code
        if error.private:
            _log.warning(error.code, request_id=exchange.request_id, private=error.private)
        if answer.status:
            return  # the answer has begun: cutting it short is all that is left to do
        response = problem_response(
            error,
            request_id=exchange.request_id,
            instance=exchange.path,
            base_url=self._base_url,
        )
        await response(scope, receive, answer)


class _Answer:
    """`send` that adds the headers of every answer to its first message."""

    def __init__(self, send: Send, exchange: Exchange, limiter: RateLimiter) -> None:
        self._send = send
        self._exchange = exchange
        self._limiter = limiter
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            exchange = self._exchange
            standing = exchange.standing or self._limiter.open_standing()
            own = ((k.lower().encode(), v) for k, v in exchange.headers.items())
            headers = [
                *message["headers"],
                *common_headers(exchange, standing),
                *((name, value.encode("latin-1", "replace")) for name, value in own),
            ]
            # The server below writes what it is given: a line break would begin another header.
            message["headers"] = [(name, header_bytes(value)) for name, value in headers]
        await self._send(message)


def common_headers(exchange: Exchange, standing: Standing) -> list[tuple[bytes, bytes]]:
    """What every answer carries, also one to what was no request at all."""
    return [
        (b"x-request-id", exchange.request_id.encode()),
        (b"server-timing", exchange.server_timing().encode()),
        *standing.headers(),
    ]


def _path(scope: Scope) -> str:
    raw: bytes | None = scope.get("raw_path")
    if raw is None:
        path: str = scope["path"]
        return path
    return raw.split(b"?", 1)[0].decode("latin-1")


def _log_request(scope: Scope, exchange: Exchange, status: int) -> None:
    timings = {name: round(ms, 1) for name, ms in exchange.timings.items()}
    _log.info(
        "request",
        method=scope["method"],
        route=exchange.route or "none",
        status=status or 499,
        request_id=exchange.request_id,
        workspace=exchange.workspace_id,
        code=exchange.code,
        **timings,
    )
