"""The worker: everything that goes on without anybody asking, started and stopped together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from core.database import Database
from jobs.batch.batches import Batches
from jobs.batch.input.table_reader import TableReader
from jobs.batch.settings import BatchSettings
from jobs.batch.work.claims import Claims
from jobs.batch.work.dispatcher import Dispatcher
from jobs.batch.work.owner import own_name
from jobs.batch.work.render_item import Drafts, ItemRenders
from jobs.batch.work.settler import Settler
from jobs.batch.work.upkeep import Upkeep
from jobs.bindings.refresher import Refresher
from jobs.queue.port import Queue
from jobs.reconciler import Reconciler
from jobs.webhooks.relay import Relay

__all__ = ["Chore", "Worker"]

log = logging.getLogger(__name__)

Chore = Callable[[], Awaitable[object]]
"""Something small to do every minute, such as `Artifacts.sweep`."""
CHORES_EVERY = 60.0


class Worker:
    """Dispatcher, reconciler, relay, refresher and chores of one process.

    The queue is started and stopped by whoever made it; here it is only listened to.
    """

    def __init__(
        self,
        db: Database,
        renders: Drafts,
        batches: Batches,
        relay: Relay,
        refresher: Refresher,
        queue: Queue,
        settings: BatchSettings,
        chores: Sequence[Chore] = (),
    ) -> None:
        self._settler = Settler(db, relay.wake, renders.write_all)
        self._dispatcher = Dispatcher(
            Claims(db, owner=own_name(), lease=settings.batch_lease),
            ItemRenders(renders, batches.templates, batches.rows, settings),
            self._settler,
            settings,
        )
        upkeep = Upkeep(db, attempts=settings.batch_attempts)
        self._reconciler = Reconciler(db, upkeep, self._dispatcher.wake)
        self._tables = TableReader(
            db, batches.templates, settings.batch_max_rows, self._dispatcher.wake
        )
        self._relay = relay
        self._refresher = refresher
        self._chores = (*chores, upkeep.expire)
        self._chore_loop: asyncio.Task[None] | None = None
        queue.listen(self._heard)

    async def start(self) -> None:
        """Begin to work; what an earlier process left is taken up first."""
        await self._settler.start()
        await self._reconciler.start()
        await self._tables.start()
        await self._dispatcher.start()
        await self._relay.start()
        await self._refresher.start()
        self._chore_loop = asyncio.create_task(self._do_chores(), name="chores")

    async def stop(self, grace: float = 30.0) -> None:
        """Take nothing more; what runs has `grace` seconds to end, the rest goes back."""
        await self._tables.stop()
        await self._refresher.stop()
        await self._reconciler.stop()
        await self._dispatcher.stop(grace)
        await self._settler.stop()
        await self._relay.stop()
        if self._chore_loop is not None:
            self._chore_loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._chore_loop

    @property
    def state(self) -> str:
        """What it is busy with, in words for a person who waits; empty when idle."""
        parts = [
            f"{count} item{'s' if count > 1 else ''} of batch {batch_id} "
            f"{'are' if count > 1 else 'is'} rendering"
            for batch_id, count in sorted(self._dispatcher.held.items())
        ]
        if sending := self._relay.under_way:
            parts.append(f"{sending} webhook{'s are' if sending > 1 else ' is'} being delivered")
        if refreshing := self._refresher.under_way:
            parts.append(f"{refreshing} binding{'s are' if refreshing > 1 else ' is'} refreshing")
        return "; ".join(parts)

    def _heard(self, subject: str) -> None:
        kind, _, name = subject.partition(":")
        if kind == "cancel":
            self._dispatcher.forget(name)
        if kind == "item":
            batch_id, _, index = name.partition("/")
            self._dispatcher.forget(batch_id, int(index))
        if kind in {"batch", "cancel", "item"}:
            self._dispatcher.wake()
            self._reconciler.wake()
            self._tables.wake()
        if kind == "binding":
            self._refresher.wake()
        self._relay.wake()

    async def _do_chores(self) -> None:
        while True:
            for chore in self._chores:
                try:
                    await chore()
                except Exception:  # a chore that fails is done again in a minute
                    log.exception("a chore failed")
            await asyncio.sleep(CHORES_EVERY)
