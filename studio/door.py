"""The life of a visit: same site, signed in, the page, and errors as people read them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import PlatenError
from core.workspaces import Workspaces
from studio.own_api import ApiRefusedError, OwnApi
from studio.session import refuse_other_sites, token_of
from studio.settings import StudioSettings
from studio.view import Views

__all__ = ["Door", "House", "Visit"]

SIGN_IN = "/studio/sign-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What every page is made with."""

    base_url: str
    workspaces: Workspaces
    settings: StudioSettings
    views: Views
    largest_body: int  # bytes

    @property
    def secure(self) -> bool:
        """Whether browsers reach the service by https alone."""
        return self.base_url.startswith("https:")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a browser. `api` has the visitor's session; without one it is refused."""

    request: Request
    house: House
    api: OwnApi

    def page(self, name: str, status: int = 200, **values: Any) -> Response:
        """A view as the answer."""
        return self.house.views.page(name, status, **values)

    def path(self, name: str) -> str:
        """A parameter of the path."""
        return str(self.request.path_params[name])


Handler = Callable[[Visit], Awaitable[ASGIApp]]


class Door:
    """One page as an ASGI application."""

    def __init__(self, house: House, handler: Handler, *, public: bool) -> None:
        self._house = house
        self._handler = handler
        self._public = public

    @classmethod
    def route(cls, house: House, method: str, path: str, handler: Handler) -> Route:
        """The page's row; all but those to sign in by ask for a session."""
        door = cls(house, handler, public=path == SIGN_IN)
        return Route(path, door, methods=[method])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a visitor in, or say why not."""
        request = Request(scope, _bounded(receive, self._house.largest_body), send)
        try:
            answer = await self._answer(request)
            await answer(scope, receive, send)
        except ApiRefusedError as error:
            answer = _refusal(self._house, request, error.status, error.problem)
            await answer(scope, receive, send)
        except PlatenError as error:
            problem = {"title": error.title, "detail": error.message}
            await _refusal(self._house, request, error.status, problem)(scope, receive, send)

    async def _answer(self, request: Request) -> ASGIApp:
        if request.method not in {"GET", "HEAD"}:
            refuse_other_sites(request, self._house.base_url)
        token = token_of(request)
        # Before any of the body is read: strangers send nothing but a key.
        if not self._public and not (token and await self._house.workspaces.authenticate(token)):
            return _to_sign_in(request)
        return await self._handler(Visit(request, self._house, OwnApi(request.app, token or "")))


def _bounded(receive: Receive, most: int) -> Receive:
    """`receive` for a body of at most so many bytes. It raises ApiRefusedError."""
    left = most

    async def receive_bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            told = f"More than {most / 1e6:g} MB were sent, which is the most: take a smaller file"
            raise ApiRefusedError(413, {"title": "Too large", "detail": told})
        return message

    return receive_bounded


def _refusal(house: House, request: Request, status: int, problem: Mapping[str, Any]) -> Response:
    """A page that tells what went wrong; in a page that is open, a notice at its top."""
    if status == 401:
        return _to_sign_in(request)
    if request.headers.get("hx-request"):
        headers = {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML show:#notice:top"}
        return house.views.page("parts/notice.html", status, headers=headers, problem=problem)
    return house.views.page("error.html", status, problem=problem)


def _to_sign_in(request: Request) -> Response:
    """To the form, and from there back to where the visitor was going."""
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": SIGN_IN})
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    there = SIGN_IN if request.method != "GET" else f"{SIGN_IN}?back={quote(back, safe='')}"
    return RedirectResponse(there, 303)
