"""A batch as it changes: for server-sent events, and for whoever waits for its end."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from core.database import Database
from jobs.batch.batch import Batch
from jobs.batch.results.page import read_batch

__all__ = ["LOOK_EVERY", "Moment", "watch"]

LOOK_EVERY = 0.4
"""Seconds between two looks: one small read each, wherever the work is done."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A batch at one moment. `id` is the same as long as nothing that is told has changed."""

    id: str
    batch: Batch

    @classmethod
    def of(cls, batch: Batch) -> "Moment":
        """Named by everything that its counts and flags say."""
        flags = f"{batch.state}.{int(batch.paused_us is not None)}{int(batch.held)}"
        counts = f"{batch.completed}.{batch.failed}.{batch.cancelled}.{batch.total}"
        return cls(f"{batch.run}.{counts}.{flags}{int(batch.accepting)}", batch)

    @property
    def last(self) -> bool:
        """Nothing follows, unless somebody opens the batch again."""
        return self.batch.finished_us is not None


async def watch(
    db: Database, workspace_id: str, batch_id: str, seen: str | None = None
) -> AsyncIterator[Moment]:
    """How the batch stands now, then every change, until its end.

    Counts only grow within a run, so whoever missed some looks has missed nothing. `seen`: the id
    of the last moment that is known. Raises NotFoundError.
    """
    while True:
        now = Moment.of(await read_batch(db, workspace_id, batch_id))
        if now.id != seen:
            yield now
            seen = now.id
        if now.last:
            return
        await asyncio.sleep(LOOK_EVERY)
