"""Cancelling: one row changes, whatever the batch's size; or one item, and its batch's count."""

from sqlalchemy import RowMapping, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import database_now
from jobs.batch.closing import change, close_if_done, end_early
from jobs.batch.errors import ItemEndedError
from jobs.batch.models import batch_items, batches
from jobs.batch.states import OPEN
from jobs.batch.steer.find import locked_batch, locked_item, refuse_ended

__all__ = ["cancel_batch", "cancel_item"]


async def cancel_batch(conn: AsyncConnection, workspace_id: str, batch_id: str) -> RowMapping:
    """End the batch now; twice is the same as once. Raises NotFoundError, BatchEndedError."""
    row = await locked_batch(conn, workspace_id, batch_id)
    if row["state"] == "cancelled":
        return row
    refuse_ended(row, "cancelled")
    return await end_early(conn, row, "cancelled", cancel_requested_us=database_now())


async def cancel_item(
    conn: AsyncConnection, workspace_id: str, batch_id: str, index: int
) -> RowMapping:
    """End one item that waits or runs; twice is the same as once. The batch's row afterwards.

    Raises NotFoundError, ItemEndedError, and BatchEndedError when the whole has ended otherwise.
    """
    row = await locked_batch(conn, workspace_id, batch_id)
    item = await locked_item(conn, batch_id, index)
    if item["state"] == "cancelled" or (row["state"] == "cancelled" and _open(item)):
        return row
    if not _open(item):
        raise ItemEndedError(f"Item {index} has already ended as {item['state']}")
    refuse_ended(row, "changed")
    mine = (batch_items.c.batch_id == batch_id) & (batch_items.c.item_index == index)
    ended = {
        "state": "cancelled",
        "lease_token": None,
        "lease_until_us": None,
        "finished_us": database_now(),
    }
    await conn.execute(update(batch_items).where(mine).values(ended))
    counted = await change(conn, batch_id, cancelled=batches.c.cancelled + 1)
    return await close_if_done(conn, counted) if row["state"] in OPEN else counted


def _open(item: RowMapping) -> bool:
    return item["state"] in {"pending", "running"}
