"""Equal renders under way at the same time are drawn once."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from core.artifacts import Artifact
from renderer.request import RenderResult

__all__ = ["Flight", "Flights"]

Draw = Callable[[], Coroutine[Any, Any, RenderResult]]
Upload = Callable[[RenderResult], Awaitable[Artifact]]
Discard = Callable[[Artifact], Awaitable[None]]


class Flight:
    """One drawing and one upload of it, for all the renders that wait for them.

    `deadline` is the first one's, on the event loop's clock. `kept` is set by whoever has written
    a row for the uploaded bytes, `keyless_kept` by the first without a key that is to write one.
    """

    def __init__(self, draw: Draw, deadline: float) -> None:
        self.deadline = deadline
        self.users = 0
        self.kept = False
        self.keyless_kept = False
        self._drawing = asyncio.create_task(draw())
        self._upload: asyncio.Task[Artifact] | None = None

    @property
    def drawn(self) -> bool:
        """Whether the drawing has ended, well or not."""
        return self._drawing.done()

    async def result(self) -> RenderResult:
        """What was drawn. Raises what the drawing raised; who is cancelled here leaves alone."""
        return await asyncio.shield(self._drawing)

    async def uploaded(self, upload: Upload) -> Artifact:
        """The bytes in the store, put there once."""
        if self._upload is None:
            self._upload = asyncio.create_task(_uploaded(upload, await self.result()))
        return await asyncio.shield(self._upload)

    async def end(self, discard: Discard) -> None:
        """After the last one has left: stop drawing, and take back bytes that nobody kept."""
        self._drawing.cancel()
        with suppress(asyncio.CancelledError, Exception):  # whoever waited has heard of it
            await self._drawing
        if self._upload is not None and not self.kept:
            with suppress(asyncio.CancelledError, Exception):
                await discard(await self._upload)


async def _uploaded(upload: Upload, result: RenderResult) -> Artifact:
    return await upload(result)


class Flights:
    """The drawings of one process that are under way."""

    def __init__(self, discard: Discard) -> None:
        self._discard = discard
        self._flying: dict[str, Flight] = {}

    @asynccontextmanager
    async def join(self, key: str, draw: Draw, deadline: float) -> AsyncGenerator[Flight]:
        """The drawing under way for `key`, or a new one; it ends when the last one has left.

        With an empty key it is shared with nobody.
        """
        flight = self._flying.get(key) if key else None
        if flight is None:
            flight = Flight(draw, deadline)
            if key:
                self._flying[key] = flight
        flight.users += 1
        try:
            yield flight
        finally:
            flight.users -= 1
            if not flight.users or flight.drawn:  # later ones find the row, or draw anew
                self._forget(key, flight)
            if not flight.users:
                await asyncio.shield(asyncio.ensure_future(flight.end(self._discard)))

    def _forget(self, key: str, flight: Flight) -> None:
        if self._flying.get(key) is flight:
            del self._flying[key]
