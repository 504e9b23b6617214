"""Results written down: by the holder of the lease alone, many items in one unit of work."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import RowMapping, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import SECOND
from core.database import database_now
from jobs.batch.closing import change, close_if_done, end_early, lock
from jobs.batch.models import batch_items, batches, is_running
from jobs.batch.states import OPEN
from jobs.batch.work.item import Again, ClaimedItem, Done, Failed, Outcome

__all__ = ["Settled", "Verdict", "settle"]

LONGEST_ERROR = 2000
HELD_OPEN = -1
"""`ready_us` of an item that may be taken while its batch is held: one of the proof."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an item in its worker's hands."""

    item: ClaimedItem
    outcome: Outcome

    @property
    def batch_id(self) -> str:
        """The batch that the item is of."""
        return self.item.batch_id


@dataclass(slots=True)
class Settled:
    """Which items' verdicts count, and the batches that ended by them."""

    accepted: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    ended: set[str] = field(default_factory=set[str])


async def settle(conn: AsyncConnection, verdicts: Sequence[Verdict]) -> Settled:
    """Write verdicts with their batches' counters, and end the batches that are done.

    A verdict does not count when the item's lease was lost or its batch has ended meanwhile.
    """
    settled = Settled()
    # In order of id, as everybody locks batches: no two wait for each other.
    ordered = sorted(verdicts, key=attrgetter("batch_id", "item.index"))
    for batch_id, of_it in groupby(ordered, key=attrgetter("batch_id")):
        row = await lock(conn, batches.c.id == batch_id)
        if row is not None and row["state"] in OPEN:
            await _settle_batch(conn, row, list(of_it), settled)
    return settled


async def _settle_batch(
    conn: AsyncConnection, row: RowMapping, verdicts: Sequence[Verdict], settled: Settled
) -> None:
    completed = failed = 0
    for verdict in verdicts:
        if await _write(conn, verdict):
            settled.accepted.add(verdict.item.key)
            completed += isinstance(verdict.outcome, Done)
            failed += isinstance(verdict.outcome, Failed)
    counted = await count(conn, row, completed=completed, failed=failed)
    if counted["state"] not in OPEN:
        settled.ended.add(row["id"])


async def count(
    conn: AsyncConnection, row: RowMapping, *, completed: int = 0, failed: int = 0
) -> RowMapping:
    """Add to a locked batch's counters; end it when that was all, or the first error shall."""
    counted = await change(
        conn,
        row["id"],
        completed=batches.c.completed + completed,
        failed=batches.c.failed + failed,
    )
    if failed and row["on_error"] == "stop":
        text = "An item failed and onError is stop: see errors for which, and why"
        return await end_early(conn, counted, "failed", code="stopped_on_error", error=text)
    return await close_if_done(conn, counted)


async def _write(conn: AsyncConnection, verdict: Verdict) -> bool:
    item = verdict.item
    mine = (
        (batch_items.c.batch_id == item.batch_id)
        & (batch_items.c.item_index == item.index)
        & (batch_items.c.lease_token == item.token)
        & is_running
    )
    values = {"lease_token": None, "lease_until_us": None, **_values(verdict.outcome)}
    if item.proof and isinstance(verdict.outcome, Again):
        values["ready_us"] = HELD_OPEN  # else it would wait for the yes to itself
    return bool((await conn.execute(update(batch_items).where(mine).values(values))).rowcount)


def _values(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Done(values):
            return {**values, "state": "completed", "finished_us": database_now()}
        case Failed(code, error):
            return {
                "state": "failed",
                "code": code,
                "error": storable(error),
                "finished_us": database_now(),
            }
        case Again(delay, counted):
            ready = database_now() + round(delay * SECOND)
            attempt = batch_items.c.attempt if counted else batch_items.c.attempt - 1
            return {"state": "pending", "ready_us": ready, "attempt": attempt}


def storable(text: str) -> str:
    """A text that every database takes: bounded, without NUL and lone surrogates."""
    whole = text.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return whole[:LONGEST_ERROR]
