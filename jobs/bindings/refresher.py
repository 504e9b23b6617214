"""Refreshes what is due: takes bindings under leases, a few of each host, and lets them run."""

import asyncio
import logging
from contextlib import suppress

from core.database import Database
from jobs.bindings.held import Claims, Held, Shares
from jobs.bindings.metrics import DUE, LATENESS
from jobs.bindings.refresh import Refresh
from jobs.bindings.settings import BindingSettings
from jobs.bindings.settle import Verdict

__all__ = ["Refresher"]

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks when nobody rings."""
LOOK_APART = 0.05
"""Seconds between two looks at least, however many refreshes end."""
BEAT_EVERY = 10.0


class Refresher:
    """Runs from `start` to `stop`; `wake` makes it look at once."""

    def __init__(self, db: Database, refresh: Refresh, settings: BindingSettings) -> None:
        self._refresh = refresh
        total = settings.binding_parallel
        # A workspace whose sources all hang leaves half of the places to the others.
        shares = Shares(total, settings.binding_parallel_per_host, max(1, total // 2))
        self._claims = Claims(db, shares)
        self._bell = asyncio.Event()
        self._held: dict[asyncio.Task[Verdict | None], Held] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._full = False

    def wake(self) -> None:
        """Look for what is due now."""
        self._bell.set()

    async def start(self) -> None:
        """Begin to refresh."""
        self._loops = [
            asyncio.create_task(self._run(), name="binding refresher"),
            asyncio.create_task(self._beat(), name="binding heartbeat"),
        ]

    async def stop(self, grace: float = 5.0) -> None:
        """Begin no refresh more; those under way have `grace` seconds, then others repeat them."""
        for loop in self._loops[:1]:
            await _end(loop)
        if self._held:
            _, late = await asyncio.wait(set(self._held), timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for loop in self._loops[1:]:
            await _end(loop)
        self._loops = []

    @property
    def under_way(self) -> int:
        """Bindings that are being refreshed now."""
        return len(self._held)

    async def _run(self) -> None:
        while True:
            self._bell.clear()
            try:
                self._full = await self._fill()
            except Exception:  # the refresher must outlive a database that is away
                log.exception("no bindings could be taken; looking again soon")
                self._full = False
            await asyncio.sleep(LOOK_APART)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._bell.wait()

    async def _fill(self) -> bool:
        """Take what is due and may begin; whether more is due than may begin now."""
        for held in await self._claims.take(self._held.values()):
            LATENESS.observe(held.late)
            task = asyncio.create_task(self._do(held))
            self._held[task] = held
            task.add_done_callback(self._done)
        due = await self._claims.due()
        DUE.set(due)
        return due > 0

    async def _do(self, held: Held) -> Verdict | None:
        try:
            return await self._refresh.run(held)
        except Exception:  # its lease runs out, and it is tried again
            log.exception("binding %s could not be refreshed", held.binding.uid)
            return None

    def _done(self, task: asyncio.Task[Verdict | None]) -> None:
        del self._held[task]
        if self._full:
            self._bell.set()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_EVERY)
            try:
                await self._claims.beat(self._held.values())
            except Exception as error:  # the lease is longer than two beats
                log.warning("no sign of life could be given (%r)", error)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
