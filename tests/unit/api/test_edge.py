"""What the outermost layer says when nothing else can."""

import asyncio
import json

from starlette.types import Message, Receive, Scope, Send

from api.edge import Edge
from api.limits import RateLimiter
from api.settings import ApiSettings


async def test_a_request_that_a_stop_cuts_short_ends_with_a_problem() -> None:
    begun = asyncio.Event()
    sent: list[Message] = []

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    edge = Edge(endless, limiter=RateLimiter(ApiSettings(), None), base_url="http://x")
    scope: Scope = {"type": "http", "method": "POST", "path": "/image", "raw_path": b"/image"}
    running = asyncio.ensure_future(edge(scope, receive, send))
    await begun.wait()
    running.cancel()
    await asyncio.wait((running,), timeout=5)
    start, body = sent
    problem = json.loads(body["body"])
    assert (start["status"], problem["code"], problem["retryAfter"]) == (503, "stopping", 5)
    assert dict(start["headers"])[b"retry-after"] == b"5"
