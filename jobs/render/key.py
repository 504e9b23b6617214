"""One hash for all that decides what a render looks like."""

import hashlib
from dataclasses import fields, replace

from jobs.render.canonical import canonical
from renderer.request import RenderRequest

__all__ = ["render_key"]

_NEVER_SEEN = ("account", "lane", "timeout", "own_browser", "composed")
"""What is asked of a render and never changes its picture."""


def render_key(request: RenderRequest, build: str) -> str:
    """SHA-256 (hex) over workspace, source, data, options, surroundings and the engine's build.

    The moment is left out: a row says itself which one it shows, if any.
    """
    parts = {one.name: getattr(request, one.name) for one in fields(request)}
    for name in _NEVER_SEEN:
        del parts[name]
    parts |= {
        "source": [type(request.source).__name__, request.source],
        "output": [type(request.output).__name__, request.output],
        "environment": replace(request.environment, now_us=0),
        "reach": request.reach.to_json(),
        "build": build,
    }
    return hashlib.sha256(canonical(parts)).hexdigest()
