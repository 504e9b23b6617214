"""Pausing, resuming and approving: whether more items of an open batch may be taken."""

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import database_now
from jobs.batch.closing import change
from jobs.batch.models import batches
from jobs.batch.steer.find import locked_batch, refuse_ended

__all__ = ["approve_batch", "pause_batch", "resume_batch"]


async def pause_batch(conn: AsyncConnection, workspace_id: str, batch_id: str) -> RowMapping:
    """Take no more items; what runs ends. Raises NotFoundError, BatchEndedError."""
    row = await locked_batch(conn, workspace_id, batch_id)
    refuse_ended(row, "paused")
    if row["paused_us"] is not None:
        return row
    return await change(conn, batch_id, paused_us=database_now())


async def resume_batch(conn: AsyncConnection, workspace_id: str, batch_id: str) -> RowMapping:
    """Take items again. Raises NotFoundError, BatchEndedError."""
    row = await locked_batch(conn, workspace_id, batch_id)
    refuse_ended(row, "resumed")
    if row["paused_us"] is None:
        return row
    return await change(conn, batch_id, paused_us=None, **clock_anew(row))


async def approve_batch(conn: AsyncConnection, workspace_id: str, batch_id: str) -> RowMapping:
    """Say yes to the proof: the other items may be taken. Raises NotFoundError, BatchEndedError."""
    row = await locked_batch(conn, workspace_id, batch_id)
    if not row["held"]:
        return row
    refuse_ended(row, "approved")
    return await change(conn, batch_id, held=False, **clock_anew(row))


def clock_anew(row: RowMapping) -> dict[str, object]:
    """The time left is judged by what ends from now on: pauses do not count."""
    running = row["run_us"] is not None
    ended = batches.c.completed + batches.c.failed + batches.c.cancelled
    return {"run_us": database_now(), "run_base": ended} if running else {}
