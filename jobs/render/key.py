"""One hash for all that decides what a render looks like."""

import hashlib
from dataclasses import replace

from jobs.render.canonical import canonical
from renderer.request import RenderRequest

__all__ = ["render_key"]


def render_key(request: RenderRequest, *, timed: bool) -> str:
    """SHA-256 (hex) over workspace, source, data, options and surroundings.

    `timed` False leaves the moment of acceptance out: the caller gave no `now`, so two requests
    that differ by it alone ask for the same thing. Lane and deadline never belong to the key.
    """
    environment = request.environment
    if not timed:
        environment = replace(environment, now_us=0)
    parts = {
        "workspace": request.workspace,
        "source": [type(request.source).__name__, request.source],
        "output": [type(request.output).__name__, request.output],
        "environment": environment,
        "reach": request.reach.to_json(),
    }
    return hashlib.sha256(canonical(parts)).hexdigest()
