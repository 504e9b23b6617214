"""Takes items, renders them in its slots, and hands the verdicts on."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

from jobs.batch.settings import BatchSettings
from jobs.batch.work.claims import Claims
from jobs.batch.work.item import Again, ClaimedItem, Outcome
from jobs.batch.work.render_item import ItemRenders
from jobs.batch.work.settle import Verdict
from jobs.batch.work.settler import Settler
from jobs.batch.work.turns import Turns

__all__ = ["Dispatcher"]

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks when nobody rings."""
AHEAD = 2
"""Items held for each slot at least, so that none stands idle while the next is taken."""
AHEAD_SECONDS = 0.3
"""Work held for each slot where items are quick: taking two hundred costs hardly more than one."""
MOST_AHEAD = 250
"""Items held for each slot at most."""


@dataclass(slots=True)
class _Work:
    """An item in our hands; `render` is its rendering, which alone can be cancelled."""

    item: ClaimedItem
    render: asyncio.Task[Outcome] | None = None
    begun: bool = False
    unwanted: bool = False
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)  # holds what was made


class Dispatcher:
    """Runs from `start` to `stop`; `wake` makes it look at once."""

    def __init__(
        self,
        claims: Claims,
        renders: ItemRenders,
        settler: Settler,
        settings: BatchSettings,
    ) -> None:
        self._claims = claims
        self._renders = renders
        self._settler = settler
        self._settings = settings
        self._turns = Turns(settings.batch_slots)
        self._alone: list[ClaimedItem] = []
        self._bell = asyncio.Event()
        self._rung = False
        self._held: dict[tuple[str, int], _Work] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []

    def wake(self) -> None:
        """Look for items now, also with full hands: they may be of a workspace that has none."""
        self._rung = True
        self._bell.set()

    def forget(self, batch_id: str, index: int | None = None) -> None:
        """The batch or one item of it was cancelled: stop what is rendering here, at once."""
        for work in list(self._held.values()):
            if work.item.batch_id == batch_id and index in {None, work.item.index}:
                _stop(work)

    async def start(self) -> None:
        """Begin to take items."""
        self._loops = [
            asyncio.create_task(self._run(), name="batch dispatcher"),
            asyncio.create_task(self._beat(), name="batch heartbeat"),
        ]

    async def stop(self, grace: float) -> None:
        """Take no more; what renders has `grace` seconds, then goes back without a try counted."""
        if not self._loops:
            return
        await _end(self._loops[0])
        for work in list(self._held.values()):
            if not work.begun:
                _stop(work)
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=grace)
            for work in list(self._held.values()):
                _stop(work)
            if late:
                await asyncio.wait(late, timeout=5.0)
        await _end(self._loops[1])
        self._loops = []

    @property
    def held(self) -> Counter[str]:
        """How many items of each batch are in our hands."""
        return Counter(work.item.batch_id for work in self._held.values())

    @property
    def _enough(self) -> int:
        """How many items are worth holding."""
        quick = round(AHEAD_SECONDS / max(self._turns.seconds_each, 0.001))
        return self._settings.batch_slots * min(max(AHEAD, quick), MOST_AHEAD)

    async def _run(self) -> None:
        while True:
            self._bell.clear()
            if await self._fill():
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._bell.wait()

    async def _fill(self) -> bool:
        """Take items for what is free; whether there were any."""
        if any(item.key in self._held for item in self._alone):
            return False
        free = self._free()
        if free <= 0:
            return False
        try:
            items = await self._taken(free)
        except Exception as error:  # the dispatcher must outlive a database that is away
            log.warning("no items could be taken (%r); looking again soon", error)
            return False
        for item in items:
            self._begin(item)
        return bool(items)

    def _free(self) -> int:
        """How many to look for: some at a time, since each look costs a unit of work."""
        free, some = self._enough - len(self._held), self._enough // 2
        if self._rung:
            self._rung = False
            return min(max(free, some), free + self._enough)
        return free if free >= some else 0

    async def _taken(self, free: int) -> list[ClaimedItem]:
        """Items to work on; one that has lost a worker is waited for with empty hands."""
        if not await self._claims.lone_waits():
            return await self._claims.take(free)
        if self._held:
            return []
        self._alone = await self._claims.take_lone()
        return self._alone

    def _begin(self, item: ClaimedItem) -> None:
        work = self._held[item.key] = _Work(item)
        task = asyncio.create_task(self._work(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, work: _Work) -> None:
        try:
            async with work.stack:
                verdict = Verdict(work.item, await self._rendered(work))
                if await self._settler.settle(verdict) and verdict.life is not None:
                    verdict.life.keep_bytes()
                if not work.begun:
                    self._turns.skipped()
        except asyncio.CancelledError:
            return  # the service ends: the lease runs out
        except Exception:
            log.exception("item %s of %s was lost", work.item.index, work.item.batch_id)
        finally:
            self._held.pop(work.item.key, None)
            if len(self._held) <= self._enough // 2 or not self._held:
                self._bell.set()

    async def _rendered(self, work: _Work) -> Outcome:
        """The item's outcome; one that was stopped goes back as if it had never been tried.

        For an item of a cancelled batch that verdict does not count, so nothing happens to it.
        """
        rendering = self._renders.run(work.item, self._turn(work), work.stack)
        work.render = asyncio.create_task(rendering)
        try:
            return await asyncio.shield(work.render)
        except asyncio.CancelledError:
            if not work.unwanted:
                work.render.cancel()
                raise
            await work.stack.aclose()  # its drawing stops now
            return Again(counted=False)

    @asynccontextmanager
    async def _turn(self, work: _Work) -> AsyncGenerator[None]:
        async with self._turns.take(work.item.workspace_id):
            work.begun = True
            yield

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._settings.batch_heartbeat)
            asked = [work for work in self._held.values() if not work.unwanted]
            try:
                ours = await self._claims.beat([work.item for work in asked])
            except Exception as error:  # the lease is longer than several beats
                log.warning("leases could not be lengthened (%r)", error)
                continue
            for work in asked:
                if work.item.key not in ours:
                    _stop(work)


def _stop(work: _Work) -> None:
    work.unwanted = True
    if work.render is not None:
        work.render.cancel()


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
