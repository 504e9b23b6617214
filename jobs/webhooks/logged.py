"""What the log of deliveries keeps of a request and of its answer: little, and no secret."""

from collections.abc import Mapping

__all__ = ["logged_body", "logged_headers"]

BODY_KEPT = 2000
"""Bytes of an answer's body."""
HEADERS_KEPT = 20
VALUE_KEPT = 200
"""Characters of a header's value."""
HIDDEN = "(hidden)"
_SECRET = (
    "signature",
    "authorization",
    "authenticate",
    "authentication",
    "cookie",
    "token",
    "secret",
    "api-key",
)


def logged_body(body: bytes) -> str:
    """The beginning of a body as text that every database takes."""
    text = body[:BODY_KEPT].decode("utf-8", "replace")
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def logged_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The first headers, cut; values of those that may prove who somebody is are hidden."""
    kept = list(headers.items())[:HEADERS_KEPT]
    return {name[:VALUE_KEPT]: _value(name, value) for name, value in kept}


def _value(name: str, value: str) -> str:
    if any(part in name.lower() for part in _SECRET):
        return HIDDEN
    return value[:VALUE_KEPT].replace("\x00", "\N{REPLACEMENT CHARACTER}")
