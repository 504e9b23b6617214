"""One hash for all that decides what a render looks like."""

import hashlib
from dataclasses import asdict
from typing import Any

import orjson

from renderer.request import RenderRequest

__all__ = ["render_key"]


def render_key(request: RenderRequest, *, timed: bool) -> str:
    """SHA-256 (hex) over workspace, source, data, options and surroundings.

    `timed` False leaves the moment of acceptance out: the caller gave no `now`, so two requests
    that differ by it alone ask for the same thing. Lane and deadline never belong to the key.
    """
    environment = asdict(request.environment)
    if not timed:
        del environment["now_us"]
    parts: dict[str, Any] = {
        "workspace": request.workspace,
        "source": asdict(request.source),
        "output": [type(request.output).__name__, asdict(request.output)],
        "environment": environment,
    }
    canonical = orjson.dumps(parts, default=_plain, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()


def _plain(value: Any) -> Any:
    """Attached files by their digest; anything else that is no JSON by its text."""
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return str(value)
