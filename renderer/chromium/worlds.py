"""Scripts of ours in a warm page: documents of different sources never share a world.

An isolated world shares the document and nothing else: it has a global object, prototypes and
classes of its own, so what a script keeps, or is made to spoil, ends with the world.
"""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass

from renderer.chromium.page import Page
from renderer.errors import BrowserLostError, PageCrashedError, PageFailedError

__all__ = ["Worlds"]

_MOST = 12
"""Worlds of one blank page. They take up memory until it goes, and all that they drew is looked for
and given back: left to itself a page of many designs grew by 3 MB with each."""
_LEAVE_S = 2
_TURNS = 50
"""Documents of one world; a precaution."""
_FORGET = "function () { return this.forget() === true; }"


@dataclass(slots=True)
class _World:
    context: int
    value: str
    of: Hashable = None
    turns: int = 0


class Worlds:
    """The worlds of one page. A new one is made ready while nobody waits for it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._made = 0
        self._inside: _World | None = None
        self._kept: _World | None = None
        self._script = ""
        self._next: asyncio.Task[_World] | None = None

    async def enter(self, script: str, of: Hashable) -> str:
        """Let all that is evaluated on the page run in a world where `script` has run, and then
        nothing but documents of the source `of`.

        The answer refers to the script's value, whose method `forget` lets go of what was drawn and
        tells whether the world is as it was. Raises what the page does: it is to be ended then.
        """
        await self._leave()
        world, self._kept = self._kept, None
        if world is None or script != self._script or world.of != of:
            world = await self._fresh(script)
        self._inside, world.of = world, of
        self._page.world = world.context
        return world.value

    async def left(self) -> bool:
        """Go back to the page's own world, and see that the next document finds one.

        False: the page does not let go of its world, and must not be used any more.
        """
        try:
            async with asyncio.timeout(_LEAVE_S):
                await self._leave()
        except (BrowserLostError, PageCrashedError, PageFailedError, TimeoutError):
            return False
        return True

    async def _leave(self) -> None:
        inside, self._inside = self._inside, None
        if inside is None:
            return
        self._page.world = None
        inside.turns += 1
        unspoiled = await self._page.call(inside.value, _FORGET)
        if self._made >= _MOST and self._next is None:
            await self._page.send("Page.navigate", {"url": "about:blank"})
            await self._page.send("HeapProfiler.collectGarbage")
            self._made = 0
        elif unspoiled and inside.turns < _TURNS:
            self._kept = inside
        if self._next is None:
            self._next = self._making(self._script)

    async def _fresh(self, script: str) -> _World:
        ready, self._next = self._next, None
        if ready is None or script != self._script:
            self._script, ready = script, self._making(script)
        return await ready

    def _making(self, script: str) -> "asyncio.Task[_World]":
        task = asyncio.create_task(self._make(script))
        # Whoever enters hears of what went wrong; if nobody does, it was nobody's matter.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    async def _make(self, script: str) -> _World:
        self._made += 1
        named = {"frameId": self._page.tab.frame_id, "worldName": f"platen-{self._made}"}
        answer = await self._page.send("Page.createIsolatedWorld", named)
        context = int(answer["executionContextId"])
        return _World(context, await self._page.reference(script, context))
