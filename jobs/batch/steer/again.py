"""Rendering again: what failed, or one row that was mended; the batch opens for another run."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, RowMapping, and_, delete, null, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.artifacts import Artifact
from core.models import artifacts
from jobs.batch.closing import change
from jobs.batch.errors import ItemRunningError, NothingFailedError
from jobs.batch.models import batch_items, batches
from jobs.batch.steer.find import locked_batch, locked_item, refuse_ending
from jobs.batch.work.settle import HELD_OPEN
from jobs.render.models import renders
from jobs.webhooks.subscriptions import revive_for_batch

__all__ = ["mend_item", "retry_failed"]

_FRESH: dict[str, Any] = {
    "state": "pending",
    "attempt": 0,
    "losses": 0,
    "ready_us": HELD_OPEN,
    "lease_token": None,
    "lease_until_us": None,
    "code": None,
    "error": None,
    "started_us": None,
    "finished_us": None,
}
_EMPTY: dict[str, Any] = dict.fromkeys(
    ("render_id", "artifact_id", "url", "format", "width", "height", "pages", "size")
)


async def retry_failed(
    conn: AsyncConnection, workspace_id: str, batch_id: str
) -> tuple[RowMapping, int]:
    """Every failed item waits again; the batch's row, and how many there were.

    Raises NotFoundError, NothingFailedError, BatchEndingError.
    """
    row = await locked_batch(conn, workspace_id, batch_id)
    refuse_ending(row)
    failed = and_(batch_items.c.batch_id == batch_id, batch_items.c.state == "failed")
    again = await conn.execute(update(batch_items).where(failed).values(_FRESH))
    if not again.rowcount:
        raise NothingFailedError("No item of the batch has failed: there is nothing to try again")
    opened = await _opened(conn, row, failed=batches.c.failed - again.rowcount)
    return opened, again.rowcount


async def mend_item(
    conn: AsyncConnection,
    workspace_id: str,
    batch_id: str,
    index: int,
    variables: Mapping[str, Any],
) -> tuple[RowMapping, list[Artifact]]:
    """Give one item other variables, and let it be rendered again.

    The batch's row, and the artifacts that nobody shows any more: their rows are gone, their bytes
    are for the caller to discard. Raises NotFoundError, ItemRunningError, BatchEndingError.
    """
    row = await locked_batch(conn, workspace_id, batch_id)
    refuse_ending(row)
    item = await locked_item(conn, batch_id, index)
    if item["state"] == "running":
        raise ItemRunningError(
            f"Item {index} is being rendered: send this again when it has ended, or cancel it",
            retry_after=1,
        )
    mine = (batch_items.c.batch_id == batch_id) & (batch_items.c.item_index == index)
    values = {
        **_FRESH,
        **_EMPTY,
        "variables": type_coerce(dict(variables), JSON),
        "warnings": null(),
    }
    await conn.execute(update(batch_items).where(mine).values(values))
    if item["state"] == "pending":
        return row, []
    gone = await _let_go(conn, row, index)
    counter = {item["state"]: batches.c[item["state"]] - 1}
    return await _opened(conn, row, **counter), gone


async def _opened(conn: AsyncConnection, row: RowMapping, **counters: Any) -> RowMapping:
    """Open an ended batch for another run; one that is open just counts anew."""
    if row["finished_us"] is None:
        return await change(conn, row["id"], **counters)
    await revive_for_batch(conn, row["workspace_id"], row["id"])
    counted = await change(conn, row["id"], **counters)
    ended = counted["completed"] + counted["failed"] + counted["cancelled"]
    return await change(
        conn,
        row["id"],
        state="processing",
        run=row["run"] + 1,
        run_us=None,
        run_base=ended,
        announced=0,
        streak=0,
        code=None,
        error=None,
        paused_us=None,
        held=False,
        cancel_requested_us=None,
        swept_us=None,
        finished_us=None,
        expires_us=None,
    )


async def _let_go(conn: AsyncConnection, row: RowMapping, index: int) -> list[Artifact]:
    """Remove the rows of what was made for the item, also what a lost worker has left."""
    made = select(renders.c.artifact_id).where(
        renders.c.workspace_id == row["workspace_id"],
        renders.c.batch_id == row["id"],
        renders.c.item_index == index,
    )
    removed = delete(artifacts).where(artifacts.c.id.in_(made)).returning(*artifacts.c)
    return [Artifact(**gone) for gone in (await conn.execute(removed)).mappings()]
