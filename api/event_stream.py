"""Server-sent events, as the HTML standard has them (section 9.2)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from weakref import WeakSet

from starlette.responses import StreamingResponse

from core.errors import OverloadedError

__all__ = ["EventStream", "ServerEvent", "end_streams"]

SILENCE = 15.0
"""Seconds after which a comment is sent, so that no proxy takes the stream for dead."""
LONGEST = 600.0
"""Seconds after which a stream ends; the client comes back by itself, with the last id."""
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


MOST_STREAMS = 500
"""Of one process: each looks at the database now and then."""
_open: WeakSet["EventStream"] = WeakSet()


def end_streams() -> None:
    """End every stream of this process, which is about to stop: clients come back to another."""
    for stream in list(_open):
        stream.stopping.set()


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event; `data` is JSON text on one line."""

    type: str
    id: str
    data: str

    def encoded(self) -> bytes:
        """As it goes over the wire."""
        return f"id: {self.id}\nevent: {self.type}\ndata: {self.data}\n\n".encode()


class EventStream(StreamingResponse):
    """A body of events; it ends with them, and no later than after LONGEST seconds."""

    def __init__(self, events: AsyncIterator[ServerEvent]) -> None:
        """Raises OverloadedError when too many are open."""
        if len(_open) >= MOST_STREAMS:
            raise OverloadedError(
                f"{MOST_STREAMS} streams of events are open here: ask for the results instead",
                retry_after=5,
            )
        self.stopping = asyncio.Event()
        body = _written(events, self.stopping)
        super().__init__(body, media_type="text/event-stream", headers=_HEADERS)
        _open.add(self)


async def _written(
    events: AsyncIterator[ServerEvent], stopping: asyncio.Event
) -> AsyncIterator[bytes]:
    yield b"retry: 1000\n\n"
    stop = asyncio.ensure_future(stopping.wait())
    ends = asyncio.get_running_loop().time() + LONGEST
    coming: asyncio.Task[ServerEvent] | None = None
    try:
        while asyncio.get_running_loop().time() < ends and not stop.done():
            coming = coming or asyncio.ensure_future(_next(events))
            first = asyncio.FIRST_COMPLETED
            await asyncio.wait((coming, stop), timeout=SILENCE, return_when=first)
            if not coming.done():
                yield b": still here\n\n"
                continue
            try:
                yield coming.result().encoded()
            except StopAsyncIteration:
                return
            coming = None
    finally:
        stop.cancel()
        if coming is not None:
            coming.cancel()


async def _next(events: AsyncIterator[ServerEvent]) -> ServerEvent:
    return await anext(events)
