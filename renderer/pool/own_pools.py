"""Browsers that run only while somebody needs them: strict workspaces', and those of scripts.

Each name has a pool of its own: started at its first render, ended when it has been idle for a
while or when another name needs the room.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core.errors import OverloadedError
from renderer.pool.need import Need
from renderer.pool.pool import Pool
from renderer.pool.slot import Slot

__all__ = ["OwnPools"]

log = structlog.get_logger(__name__)


class _Own:
    """One name's pool. `calls`: how many are on their way to a slot of it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.calls = 0
        self.leaving = False
        self.ending: asyncio.Task[None] | None = None
        self.pool: Pool
        self.started: asyncio.Task[None]
        self.timer: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        return self.started.done() and not self.calls and self.pool.idle


class OwnPools:
    """At most `keep` pools at a time; who finds no room waits until one can be ended.

    `make` builds a pool that calls back whenever it becomes idle. A pool that nobody has used for
    `idle_s` seconds is ended, and `after` called. More than `queue` may not wait for room.
    """

    def __init__(
        self,
        make: Callable[[Callable[[], None]], Pool],
        *,
        keep: int,
        idle_s: float,
        queue: int,
        after: Callable[[], Awaitable[None]],
    ) -> None:
        self._make = make
        self._keep = keep
        self._idle_s = idle_s
        self._queue = queue
        self._after = after
        self._closing = False
        self.waiting = 0
        self._owns: dict[str, _Own] = {}  # the longest unused first
        self._changed = asyncio.Event()

    @property
    def pools(self) -> list[Pool]:
        """All that run or start."""
        return [own.pool for own in self._owns.values()]

    async def acquire(self, name: str, need: Need) -> Slot:
        """A slot in a browser of this name alone.

        Raises EngineUnavailableError when the browser does not start, OverloadedError.
        """
        own = await self._own(name)
        own.calls += 1
        self._rest(own)
        try:
            await asyncio.shield(own.started)
            return await own.pool.acquire(need)
        finally:
            own.calls -= 1
            self._rest(own)

    async def close(self) -> None:
        """End all of them. Renders under way fail."""
        self._closing = True
        await asyncio.gather(*(self._end(own) for own in self._owns.values()))

    async def _own(self, name: str) -> _Own:
        while True:
            own = self._owns.pop(name, None)
            if own is None and len(self._owns) < self._keep and not self._closing:
                own = self._start(name)
            if own is not None:
                self._owns[name] = own  # the latest used
                if not own.leaving:
                    return own
            elif not self._closing:
                self._make_room()
            await self._wait()

    async def _wait(self) -> None:
        """Until something has changed. Raises OverloadedError when too many wait already."""
        if self._closing or self.waiting >= self._queue:
            raise OverloadedError(
                "All browsers of strict workspaces are taken (PLATEN_STRICT_BROWSERS). "
                "Send the request again in a moment.",
                retry_after=2,
            )
        self.waiting += 1
        try:
            await self._changed.wait()
        finally:
            self.waiting -= 1

    def _start(self, name: str) -> _Own:
        own = _Own(name)
        own.pool = self._make(lambda: self._rest(own))
        own.started = asyncio.create_task(own.pool.start())
        own.started.add_done_callback(lambda task: self._started(own, task))
        return own

    def _started(self, own: _Own, task: "asyncio.Task[None]") -> None:
        if task.cancelled() or task.exception() is not None:
            self._end(own)
        else:
            self._rest(own)  # whoever asked for it may have gone

    def _make_room(self) -> None:
        """End an idle pool; else let the longest unused one take nothing more, so that it ends."""
        if any(own.leaving for own in self._owns.values()):
            return
        owns = list(self._owns.values())
        leaving = next((own for own in owns if own.idle), owns[0])
        leaving.leaving = True
        self._rest(leaving)

    def _rest(self, own: _Own) -> None:
        """What follows when a pool may have become idle."""
        if own.timer is not None:
            own.timer.cancel()
            own.timer = None
        if not own.idle:
            return
        if own.leaving:
            self._end(own)
            return
        own.timer = asyncio.get_running_loop().call_later(self._idle_s, self._end, own)
        self._announce()  # who waits for room may take this one's

    def _end(self, own: _Own) -> "asyncio.Task[None]":
        own.leaving = True
        if own.timer is not None:
            own.timer.cancel()
        if own.ending is None:
            own.ending = asyncio.create_task(self._close(own))
        return own.ending

    async def _close(self, own: _Own) -> None:
        try:
            await asyncio.wait([own.started])  # half a browser could not be ended
            await own.pool.close()
            await self._after()
        except Exception:
            # It must not hold the room: whatever still runs is ended with the service.
            log.exception("own_browser_not_closed", of=own.name)
        del self._owns[own.name]
        log.info("own_browser_ended", of=own.name)
        self._announce()

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
