"""How a batch ends: once, in one unit of work with its last count and its last event."""

from typing import Any

from sqlalchemy import ColumnElement, RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import SECOND
from core.database import database_now
from jobs.batch.events import tell
from jobs.batch.models import batches
from jobs.batch.states import OPEN, BatchState, end_of

__all__ = ["change", "close_if_done", "end_early", "lock"]

_EVENTS: dict[BatchState, str] = {
    "completed": "batch.completed",
    "partial": "batch.completed",
    "failed": "batch.failed",
    "cancelled": "batch.cancelled",
}


async def lock(conn: AsyncConnection, *conditions: ColumnElement[bool]) -> RowMapping | None:
    """The batch's row, which nobody else changes until this unit of work ends."""
    query = select(batches).where(*conditions).with_for_update()
    return (await conn.execute(query)).mappings().one_or_none()


async def change(conn: AsyncConnection, batch_id: str, **values: Any) -> RowMapping:
    """Change columns of a locked batch; the row as it is then."""
    statement = update(batches).where(batches.c.id == batch_id).values(values)
    return (await conn.execute(statement.returning(*batches.c))).mappings().one()


async def close_if_done(conn: AsyncConnection, row: RowMapping) -> RowMapping:
    """End a locked batch when all its items have ended; else tell of its progress."""
    ended = row["completed"] + row["failed"] + row["cancelled"]
    if row["state"] not in OPEN or row["opened_us"] is None:
        return row
    if row["accepting"] or ended < row["total"]:
        return await _progress(conn, row, ended)
    state = end_of(row["completed"], row["failed"], row["cancelled"])
    return await _end(conn, row, state, swept_us=database_now())


async def end_early(
    conn: AsyncConnection, row: RowMapping, state: BatchState, **values: Any
) -> RowMapping:
    """End a locked batch now. What has not ended counts as cancelled; items' states follow."""
    cancelled = row["total"] - row["completed"] - row["failed"]
    return await _end(conn, row, state, cancelled=cancelled, accepting=False, **values)


async def _end(
    conn: AsyncConnection, row: RowMapping, state: BatchState, **values: Any
) -> RowMapping:
    kept: int | None = row["options"].get("expires_in")
    moments = {
        "finished_us": database_now(),
        "expires_us": None if kept is None else database_now() + kept * SECOND,
    }
    ended = await change(conn, row["id"], state=state, **moments, **values)
    await tell(conn, _EVENTS[state], ended)
    return ended


async def _progress(conn: AsyncConnection, row: RowMapping, ended: int) -> RowMapping:
    """`batch.progress` at each tenth, once the whole is known."""
    tenth = ended * 10 // row["total"] * 10 if row["total"] and not row["accepting"] else 0
    if tenth <= row["announced"]:
        return row
    told = await change(conn, row["id"], announced=tenth)
    await tell(conn, "batch.progress", told)
    return told
