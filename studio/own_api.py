"""The API as the studio calls it: this very application, in process, with the visitor's session.

What a page can do, a client of the API can do too, under the same checks and limits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    import httpx2

__all__ = ["ApiRefusedError", "Forwarded", "OwnApi", "api_path"]

_NOWHERE = "http://platen.internal"
_PASSED = (
    b"content-type",
    b"content-length",
    b"content-disposition",
    b"content-security-policy",
    b"x-content-type-options",
    b"cache-control",
)
"""Headers of a forwarded answer; the others are set once more on the way out."""


class ApiRefusedError(Exception):
    """The API answered with a problem document."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem.get("detail", "")))
        self.status = status
        self.problem = problem


def api_path(*segments: object) -> str:
    """A path whose segments may hold anything: `/templates/a%2Fb`."""
    return "".join(f"/{quote(str(segment), safe='')}" for segment in segments)


class OwnApi:
    """Calls the application with a session's token. Raises ApiRefusedError for 4xx and 5xx."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app = app
        self.token = token

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        """JSON that is read."""
        return (await self.send("GET", path, params=query)).json()

    async def post(self, path: str, body: Any = None) -> dict[str, Any]:
        """JSON for JSON."""
        return (await self.send("POST", path, json=body or {})).json()

    async def send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """Any call; `options` are httpx's."""
        import httpx2

        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        transport = httpx2.ASGITransport(self.app)
        async with httpx2.AsyncClient(transport=transport, base_url=_NOWHERE) as client:
            answer = await client.request(method, path, headers=headers, **options)
        if answer.is_error:
            raise ApiRefusedError(answer.status_code, answer.json())
        return answer


class Forwarded:
    """An answer of the API handed on as it streams in. Raises ApiRefusedError before its start."""

    def __init__(self, api: OwnApi, path: str) -> None:
        self._api = api
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a browser's GET by the API's."""
        told = _Told(send)
        await self._api.app(self._scope(scope), receive, told)
        if told.refused:
            raise ApiRefusedError(told.refused, json.loads(told.problem))

    def _scope(self, scope: Scope) -> Scope:
        kept = ("type", "asgi", "http_version", "scheme", "server", "client", "root_path", "state")
        return {
            **{name: scope[name] for name in kept if name in scope},
            "method": scope["method"],
            "path": self._path,
            "raw_path": self._path.encode(),
            "query_string": b"",
            "headers": [(b"authorization", f"Bearer {self._api.token}".encode())],
        }


class _Told:
    """`send` that lets good answers through and keeps the others back."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.refused = 0
        self.problem = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if message["status"] >= 400:
                self.refused = message["status"]
                return
            headers = [one for one in message["headers"] if one[0].lower() in _PASSED]
            message = {**message, "headers": headers}
        if self.refused:
            self.problem += message.get("body", b"")
            return
        await self._send(message)
