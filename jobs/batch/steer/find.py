"""A batch or an item of it, locked, for whoever wants to steer it."""

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFoundError
from jobs.batch.closing import lock
from jobs.batch.errors import BatchEndedError, BatchEndingError
from jobs.batch.models import batch_items, batches
from jobs.batch.states import OPEN

__all__ = ["locked_batch", "locked_item", "refuse_ended", "refuse_ending"]


async def locked_batch(conn: AsyncConnection, workspace_id: str, batch_id: str) -> RowMapping:
    """The batch's row, which nobody else changes meanwhile. Raises NotFoundError."""
    mine = batches.c.workspace_id == workspace_id
    row = await lock(conn, batches.c.id == batch_id, mine, batches.c.opened_us.is_not(None))
    if row is None:
        raise NotFoundError(f"No batch has the id '{batch_id[:80]}' in this workspace")
    return row


async def locked_item(conn: AsyncConnection, batch_id: str, index: int) -> RowMapping:
    """An item's row; its batch's lock protects it. Raises NotFoundError."""
    query = select(batch_items).where(
        batch_items.c.batch_id == batch_id, batch_items.c.item_index == index
    )
    row = (await conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"The batch has no item with the index {index}")
    return row


def refuse_ended(row: RowMapping, what: str) -> None:
    """Raise BatchEndedError for a batch that has ended; `what` it cannot be, as a participle."""
    if row["state"] not in OPEN:
        raise BatchEndedError(
            f"The batch has already ended as {row['state']}, so it cannot be {what}",
            extra={"status_of_batch": row["state"]},
        )


def refuse_ending(row: RowMapping) -> None:
    """Raise BatchEndingError while items still follow their batch's early end."""
    if row["finished_us"] is not None and row["swept_us"] is None:
        raise BatchEndingError(
            "The batch was ended a moment ago and its items are still being stopped: "
            "send this again in a second",
            retry_after=1,
        )
