"""In by an API key, out by a button."""

from starlette.responses import RedirectResponse, Response

from studio.door import Visit
from studio.session import clear_token, give_token, token_of

__all__ = ["came_from", "form", "sign_in", "sign_out"]

_HOME = "/studio"
_LONGEST_KEY = 1000


async def form(visit: Visit) -> Response:
    """The form."""
    return visit.page(
        "sign_in.html", back=came_from(visit.request.query_params.get("back")), wrong=""
    )


async def sign_in(visit: Visit) -> Response:
    """A session for the key that was typed, and on to where the visitor was going."""
    house = visit.house
    async with visit.request.form(max_files=0, max_fields=10) as sent:
        key, back = str(sent.get("key", "")).strip(), came_from(str(sent.get("back", "")))
    seconds = house.settings.session_hours * 3600
    token = (
        await house.workspaces.open_session(key, seconds) if 0 < len(key) < _LONGEST_KEY else None
    )
    if token is None:
        wrong = (
            "This key is unknown or was revoked. Check that all of it was copied, or make a new "
            "one with “platen key create”."
        )
        return visit.page("sign_in.html", 401, back=back, wrong=wrong)
    before = token_of(visit.request)
    if before is not None:
        await house.workspaces.close_session(before)
    answer = RedirectResponse(back, 303)
    give_token(answer, token, seconds, secure=house.secure)
    return answer


async def sign_out(visit: Visit) -> Response:
    """End the session here and on the server."""
    token = token_of(visit.request)
    if token is not None:
        await visit.house.workspaces.close_session(token)
    answer = RedirectResponse("/studio/sign-in", 303)
    clear_token(answer, secure=visit.house.secure)
    return answer


def came_from(asked: str | None) -> str:
    """A page of the studio and nothing else: no link may lead a visitor out through the form."""
    inside = asked is not None and (asked == _HOME or asked.startswith((f"{_HOME}/", f"{_HOME}?")))
    plain = inside and asked is not None and asked.isprintable() and "\\" not in asked
    return asked if plain and asked is not None else _HOME
