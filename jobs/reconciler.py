"""Puts right, every few seconds, what a crash or a lost ring has left behind."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from sqlalchemy import select

from core.database import Database
from jobs.batch.models import batch_items, is_running
from jobs.batch.work.owner import is_dead
from jobs.batch.work.upkeep import Upkeep

__all__ = ["Reconciler"]

log = logging.getLogger(__name__)

LOOK_EVERY = 2.0
"""Seconds between two looks; also at once when a batch is new or was cancelled."""


class Reconciler:
    """Runs from `start` to `stop`. `changed` is called when items wait anew."""

    def __init__(self, db: Database, upkeep: Upkeep, changed: Callable[[], None]) -> None:
        self._db = db
        self._upkeep = upkeep
        self._changed = changed
        self._bell = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Look now."""
        self._bell.set()

    async def start(self) -> None:
        """Begin to look."""
        self._loop = asyncio.create_task(self._run(), name="reconciler")

    async def stop(self) -> None:
        """Look no more."""
        if self._loop is not None:
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop
            self._loop = None

    async def look(self) -> int:
        """Look once, at everything; returns how much there was to put right."""
        steps: tuple[Callable[[], Awaitable[int]], ...] = (
            self._give_back,
            self._upkeep.close,
            self._upkeep.sweep,
            self._upkeep.forget_unopened,
        )
        found = 0
        for step in steps:
            try:
                found += await step()
            except Exception:  # one step's trouble must not keep the others from working
                log.exception("the reconciler could not %s", step.__name__.strip("_"))
        return found

    async def _run(self) -> None:
        while True:
            self._bell.clear()
            if await self.look():
                self._changed()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._bell.wait()

    async def _give_back(self) -> int:
        return await self._upkeep.give_back(await self._dead_owners())

    async def _dead_owners(self) -> set[str]:
        """Owners of running items that are known to be dead: processes of this very machine."""
        query = select(batch_items.c.lease_token).where(is_running).distinct()
        async with self._db.read() as conn:
            tokens = (await conn.execute(query)).scalars().all()
        owners = {token.rpartition("_")[0] for token in tokens if token}
        return {owner for owner in owners if is_dead(owner)}
