"""Verdicts of many items gathered into few units of work."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from core.database import Database
from jobs.batch.work.settle import Settled, Verdict, WriteAll, settle

__all__ = ["Settler"]

log = logging.getLogger(__name__)

MOST_AT_ONCE = 500
LONGEST_PAUSE = 5.0
GATHER = 0.05
"""Seconds in which verdicts gather: their unit of work costs as much for one as for fifty."""


class Settler:
    """Writes what waits in one unit of work, while the next verdicts gather.

    A database that is away is waited for: the lease decides at last whose verdict counts.
    """

    def __init__(
        self, db: Database, told: Callable[[], None], write_all: WriteAll | None = None
    ) -> None:
        """`told` is called after each write: there may be an event. `write_all`: see `settle`."""
        self._db = db
        self._write_all = write_all
        self._told = told
        self._waiting: list[tuple[Verdict, asyncio.Future[bool]]] = []
        self._bell = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to write."""
        self._loop = asyncio.create_task(self._run(), name="batch settler")

    async def stop(self) -> None:
        """Write no more; what still waits is lost, and its leases run out."""
        if self._loop is not None:
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop
            self._loop = None
        for _, future in self._waiting:
            future.cancel()

    async def settle(self, verdict: Verdict) -> bool:
        """Write the verdict; False when it did not count."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((verdict, future))
        self._bell.set()
        return await future

    async def _run(self) -> None:
        while True:
            await self._bell.wait()
            self._bell.clear()
            await asyncio.sleep(GATHER)
            while self._waiting:
                portion, self._waiting = (
                    self._waiting[:MOST_AT_ONCE],
                    self._waiting[MOST_AT_ONCE:],
                )
                settled = await self._write([verdict for verdict, _ in portion])
                for verdict, future in portion:
                    if not future.done():
                        future.set_result(verdict.item.key in settled.accepted)
                self._told()

    async def _write(self, verdicts: list[Verdict]) -> Settled:
        pause = 0.1
        while True:
            try:
                async with self._db.write() as conn:
                    return await settle(conn, verdicts, self._write_all)
            except Exception as error:  # nothing else may ever write these
                log.warning("results could not be written (%r); trying again", error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
