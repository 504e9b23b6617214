"""Who is signed in: a token in a cookie that no script can read and no other site can send."""

from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from core.errors import ForbiddenError

__all__ = ["clear_token", "give_token", "refuse_other_sites", "token_of"]

_COOKIE = "platen_session"
_PATH = "/studio"


def token_of(request: Request) -> str | None:
    """The session's token that the browser sent."""
    return request.cookies.get(_COOKIE) or None


def give_token(response: Response, token: str, seconds: float, *, secure: bool) -> None:
    """Let the browser keep the token."""
    response.set_cookie(_COOKIE, token, max_age=round(seconds), **_attributes(secure=secure))


def clear_token(response: Response, *, secure: bool) -> None:
    """Let the browser forget it."""
    response.delete_cookie(_COOKIE, **_attributes(secure=secure))


def _attributes(*, secure: bool) -> dict[str, Any]:
    return {"path": _PATH, "httponly": True, "samesite": "strict", "secure": secure}


def refuse_other_sites(request: Request, base_url: str) -> None:
    """Raise ForbiddenError for a change that a page of another site asks for.

    Browsers say where a request comes from in `Sec-Fetch-Site` or, over plain HTTP, in `Origin`.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own = {_origin(base_url), f"{request.url.scheme}://{request.headers.get('host', '')}"}
    same = site == "same-origin" if site is not None else origin in own
    if not same:
        raise ForbiddenError(
            "This was sent by a page of another site, so nothing was done: open the studio itself "
            "and try again there"
        )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
