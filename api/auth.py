"""Who is asking: the key of a request, and whether it may."""

from starlette.datastructures import Headers

from api.errors import InvalidApiKeyError, MissingAuthorizationError
from core.errors import ForbiddenError
from core.workspaces import Principal, Workspaces

__all__ = ["authenticate", "require_scope", "sent_key"]


def sent_key(headers: Headers) -> str | None:
    """The key of `Authorization: Bearer KEY`, `Authorization: KEY` or `X-API-Key: KEY`.

    A key in the URL is never looked at: URLs end up in logs.
    """
    authorization = headers.get("authorization", "").strip()
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        authorization = rest.strip()
    return authorization or headers.get("x-api-key", "").strip() or None


async def authenticate(workspaces: Workspaces, headers: Headers) -> Principal:
    """The holder of the key that was sent. Its form is never judged, only looked up.

    Raises MissingAuthorizationError, InvalidApiKeyError (both 401).
    """
    key = sent_key(headers)
    if key is None:
        raise MissingAuthorizationError(
            "No API key was sent: add the header `Authorization: Bearer KEY`"
        )
    principal = await workspaces.authenticate(key)
    if principal is None:
        raise InvalidApiKeyError(
            "The API key is unknown or was revoked: check it, or make one by `platen key create`"
        )
    return principal


def require_scope(principal: Principal, scope: str) -> None:
    """Raise ForbiddenError (403) for a key without `scope`."""
    if scope not in principal.scopes:
        raise ForbiddenError(
            f"This key may not do that: it lacks the scope '{scope}'. "
            f"It has: {', '.join(sorted(principal.scopes)) or 'none'}"
        )
