"""What every call does that renders: ask for it, and answer in the way that was chosen."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from api.call import Call
from api.delivery import Delivery, binary_answer
from jobs.render.command import RenderCommand
from jobs.render.rendered import Rendered

__all__ = ["cache_wishes", "render_and_answer"]


async def render_and_answer(
    call: Call[Any, Any],
    delivery: Delivery,
    command: RenderCommand,
    answer: Callable[[Rendered], BaseModel],
) -> BaseModel | Response:
    """Make one render; the bytes, or what `answer` says of it.

    Under an Idempotency-Key the answer is written in the unit of work that keeps the render.
    """

    def told(done: Rendered) -> BaseModel | Response:
        model = answer(done)  # it leaves timings and headers behind, also beside bytes
        return binary_answer(done) if delivery.mode == "binary" else model

    command = replace(command, wants_bytes=delivery.mode != "url")
    protection = call.protection
    if protection is None:
        done = await call.parts.renders.run(command)
        if delivery.mode == "base64":  # megabytes of text, and others wait for the event loop
            return await asyncio.to_thread(told, done)
        return told(done)
    with protection.committing(told):
        done = await call.parts.renders.run(command)
    return protection.answered or told(done)


def cache_wishes(call: Call[Any, Any]) -> dict[str, Any]:
    """What `Cache-Control` asks for: members of a RenderCommand (RFC 9111, section 5.2.1)."""
    said = (call.header("cache-control") or "").lower().replace(" ", "").split(",")
    return {
        "fresh": bool({"no-cache", "no-store", "max-age=0"} & set(said)),
        "remember": "no-store" not in said,
    }
