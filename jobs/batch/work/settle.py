"""Results written down: by the holder of the lease alone, many items in one unit of work."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import RowMapping, Update, and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import SECOND
from core.database import database_now
from core.sets import UpdateSet
from jobs.batch.closing import change, close_if_done, end_early, lock
from jobs.batch.models import batch_items, batches, is_running
from jobs.batch.states import OPEN
from jobs.batch.work.item import Again, ClaimedItem, Done, Failed, Outcome
from jobs.render.life import RenderLife
from jobs.webhooks.match import announce_all

__all__ = ["Settled", "Verdict", "WriteAll", "settle"]

WriteAll = Callable[[AsyncConnection, Sequence[RenderLife]], Awaitable[set[str]]]
"""`Drafts.write_all`."""

LONGEST_ERROR = 2000
HELD_OPEN = -1
"""`ready_us` of an item that may be taken while its batch is held: one of the proof, or one that
was asked for since. Below 0 any moment means this, and its amount when the item may be taken."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an item in its worker's hands."""

    item: ClaimedItem
    outcome: Outcome

    @property
    def batch_id(self) -> str:
        """The batch that the item is of."""
        return self.item.batch_id

    @property
    def life(self) -> RenderLife | None:
        """The render whose rows are to be written with it."""
        return self.outcome.life if isinstance(self.outcome, Done) else None


@dataclass(slots=True)
class Settled:
    """Which items' verdicts count, and the batches that ended by them."""

    accepted: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    ended: set[str] = field(default_factory=set[str])


async def settle(
    conn: AsyncConnection, verdicts: Sequence[Verdict], write_all: WriteAll | None = None
) -> Settled:
    """Write verdicts with what was made and their batches' counters; end the batches that are done.

    A verdict does not count when the item's lease was lost or its batch has ended meanwhile, and
    then nothing is written of what it made. `write_all` writes renders, artifacts and their events.
    """
    settled = Settled()
    # In order of id, as everybody locks batches: no two wait for each other.
    ordered = sorted(verdicts, key=attrgetter("batch_id", "item.index"))
    for batch_id, of_it in groupby(ordered, key=attrgetter("batch_id")):
        row = await lock(conn, batches.c.id == batch_id)
        if row is not None and row["state"] in OPEN:
            held = await _held(conn, row["id"], list(of_it))
            counting = await _made(conn, held, write_all)
            await _settle_batch(conn, row, counting, settled)
    return settled


async def _settle_batch(
    conn: AsyncConnection, row: RowMapping, verdicts: Sequence[Verdict], settled: Settled
) -> None:
    await _write(conn, verdicts)
    await _tell_failures(conn, row["workspace_id"], verdicts)
    settled.accepted |= {one.item.key for one in verdicts}
    outcomes = [one.outcome for one in verdicts]
    streak, code = _streak(row, outcomes)
    counted = await count(
        conn,
        row,
        completed=sum(isinstance(outcome, Done) for outcome in outcomes),
        failed=sum(isinstance(outcome, Failed) for outcome in outcomes),
        streak=streak,
        streak_code=code,
    )
    if counted["state"] not in OPEN:
        settled.ended.add(row["id"])


async def count(
    conn: AsyncConnection, row: RowMapping, *, completed: int = 0, failed: int = 0, **values: Any
) -> RowMapping:
    """Add to a locked batch's counters; end it when that was all, or its failures shall end it."""
    if not (completed or failed):
        return row
    counted = await change(
        conn,
        row["id"],
        completed=batches.c.completed + completed,
        failed=batches.c.failed + failed,
        **values,
    )
    if failed and row["on_error"] == "stop":
        text = "An item failed and onError is stop: see errors for which, and why"
        return await end_early(conn, counted, "failed", code="stopped_on_error", error=text)
    if row["stop_after"] is not None and counted["streak"] >= row["stop_after"]:
        text = f"{counted['streak']} items in a row failed with {counted['streak_code']}"
        code = "stopped_after_failures"
        return await end_early(conn, counted, "failed", code=code, error=text)
    return await close_if_done(conn, counted)


def _streak(row: RowMapping, outcomes: Iterable[Outcome]) -> tuple[int, str | None]:
    """How many equal failures there are in a row, and of which code.

    Once there are enough to end the batch, what comes after them in the set does not undo it.
    """
    streak, code = row["streak"], row["streak_code"]
    for outcome in outcomes:
        if row["stop_after"] is not None and streak >= row["stop_after"]:
            break
        if isinstance(outcome, Done):
            streak, code = 0, None
        elif isinstance(outcome, Failed):
            streak = streak + 1 if outcome.code == code else 1
            code = outcome.code
    return streak, code


async def _held(conn: AsyncConnection, batch_id: str, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Those whose item is still in the hands that send it; the batch's lock keeps it so."""
    indexes = [verdict.item.index for verdict in verdicts]
    query = select(batch_items.c.item_index, batch_items.c.lease_token).where(
        batch_items.c.batch_id == batch_id, batch_items.c.item_index.in_(indexes), is_running
    )
    tokens = {row.item_index: row.lease_token for row in await conn.execute(query)}
    return [one for one in verdicts if tokens.get(one.item.index) == one.item.token]


async def _made(
    conn: AsyncConnection, verdicts: Sequence[Verdict], write_all: WriteAll | None
) -> list[Verdict]:
    """Write what was made; an item whose shared bytes have gone meanwhile is rendered again."""
    lives = [one.life for one in verdicts if one.life is not None]
    if write_all is None or not lives:
        return list(verdicts)
    gone = await write_all(conn, lives)
    again = Again(counted=False)
    return [
        replace(one, outcome=again) if one.life is not None and one.life.id in gone else one
        for one in verdicts
    ]


async def _tell_failures(
    conn: AsyncConnection, workspace_id: str, verdicts: Sequence[Verdict]
) -> None:
    """An item was accepted long ago, so whatever ends it is told, once."""
    outcomes = [one.outcome for one in verdicts]
    told = [one.event for one in outcomes if isinstance(one, Failed) and one.event is not None]
    if told:
        await announce_all(conn, workspace_id, told[0].type, told)


async def _write(conn: AsyncConnection, verdicts: Sequence[Verdict]) -> None:
    """One statement for each kind of outcome, whatever their number."""
    done = [_row(one, one.outcome.values) for one in verdicts if isinstance(one.outcome, Done)]
    failed = [
        _row(one, {"code": one.outcome.code, "error": storable(one.outcome.error)})
        for one in verdicts
        if isinstance(one.outcome, Failed)
    ]
    await _DONE.write(conn, done)
    await _FAILED.write(conn, failed)
    for one in verdicts:
        if isinstance(one.outcome, Again):
            await conn.execute(_given_back(one.item, one.outcome))


def _row(verdict: Verdict, values: Mapping[str, Any]) -> dict[str, Any]:
    return {"batch_id": verdict.batch_id, "item_index": verdict.item.index, **values}


_FREE: dict[str, Any] = {"lease_token": None, "lease_until_us": None}
_RESULT = (
    "render_id", "artifact_id", "url", "format", "width", "height", "pages", "size", "warnings",
)  # fmt: skip


def _ending(state: str, names: Iterable[str]) -> UpdateSet:
    ended = {"state": state, "finished_us": database_now()}
    return UpdateSet(batch_items, ("batch_id", "item_index"), names, **_FREE, **ended)


_DONE = _ending("completed", _RESULT)
_FAILED = _ending("failed", ("code", "error"))


def _given_back(item: ClaimedItem, outcome: Again) -> Update:
    due = database_now() + round(outcome.delay * SECOND)
    # One of a proof would otherwise wait for the yes to itself.
    ready = -due if item.goes_first else due
    attempt = batch_items.c.attempt if outcome.counted else batch_items.c.attempt - 1
    of_item = and_(batch_items.c.batch_id == item.batch_id, batch_items.c.item_index == item.index)
    values = {**_FREE, "state": "pending", "ready_us": ready, "attempt": attempt}
    return update(batch_items).where(of_item).values(values)


def storable(text: str) -> str:
    """A text that every database takes: bounded, without NUL and lone surrogates."""
    whole = text.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return whole[:LONGEST_ERROR]
