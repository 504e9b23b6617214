"""Verdicts of many items gathered into few units of work."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from core.database import Database
from core.errors import InternalError, OverloadedError, StorageUnavailableError, TempSpaceError
from core.lack import lack_of
from jobs.batch.work.item import Failed
from jobs.batch.work.settle import Settled, Verdict, WriteAll, settle
from jobs.render.events import failed

__all__ = ["Settler"]

log = logging.getLogger(__name__)

MOST_AT_ONCE = 500
LONGEST_PAUSE = 5.0
GATHER = 0.05
"""Seconds in which verdicts gather: their unit of work costs as much for one as for fifty."""

_PASSING = (StorageUnavailableError, TempSpaceError, OverloadedError)
"""What says nothing of the verdicts; whatever else is raised comes from one of them."""


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

    async def _write(self, verdicts: Sequence[Verdict]) -> Settled:
        pause = 0.1
        while True:
            try:
                async with self._db.write() as conn:
                    return await settle(conn, verdicts, self._write_all)
            except Exception as error:  # nothing else may ever write these
                log.warning("results could not be written (%r); trying again", error)
                if not isinstance(lack_of(error) or error, _PASSING):
                    return await self._apart(verdicts)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _apart(self, verdicts: Sequence[Verdict]) -> Settled:
        """Halves of a set that the database refuses, until the item is alone that it is for."""
        if len(verdicts) == 1:
            instead = _failed(verdicts[0])
            # The verdict itself does not count, so that what was made is taken back.
            return Settled(ended=(await self._write(instead)).ended) if instead else Settled()
        half = len(verdicts) // 2
        one, other = await self._write(verdicts[:half]), await self._write(verdicts[half:])
        return Settled(one.accepted | other.accepted, one.ended | other.ended)


def _failed(verdict: Verdict) -> Sequence[Verdict]:
    """In place of a render that cannot be written; nothing without one: the lease runs out."""
    life = verdict.life
    if life is None:
        return []
    error = InternalError("What was rendered could not be written down")
    told = failed(life.command, life.id, life.accepted_us, error)
    return [replace(verdict, outcome=Failed(error.code, error.message, told))]
