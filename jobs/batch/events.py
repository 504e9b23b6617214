"""What the world is told of a batch; each event carries the batch's next sequence number."""

from typing import Any

from sqlalchemy import RowMapping, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import to_iso
from core.outbox import Event, append
from jobs.batch.batch import Batch
from jobs.batch.models import batches
from jobs.webhooks.match import any_match

__all__ = ["tell"]


async def tell(conn: AsyncConnection, event_type: str, row: RowMapping) -> None:
    """Append the event if somebody wants it. `row` is the batch as this unit of work leaves it.

    The unit of work holds the batch's lock, so sequence numbers have no gaps and no doubles.
    """
    subject = {"templateId": row["template_uid"], "batchId": row["id"]}
    if not await any_match(conn, row["workspace_id"], event_type, subject):
        return
    sequence = row["sequence"] + 1
    await conn.execute(update(batches).where(batches.c.id == row["id"]).values(sequence=sequence))
    data = _data(Batch.of_row(row), sequence)
    await append(conn, Event(row["workspace_id"], event_type, data, subject))


def _data(batch: Batch, sequence: int) -> dict[str, Any]:
    data: dict[str, Any] = {
        "batchId": batch.id,
        "id": batch.id,
        "sequence": sequence,
        "run": batch.run,
        "status": batch.state,
        "templateUid": batch.template_uid,
        "templateId": batch.template_uid,
        "version": batch.version,
        "progress": batch.progress,
        "totalItems": batch.total,
        "totalCount": batch.total,
        "completedItems": batch.completed,
        "completedCount": batch.completed,
        "failedItems": batch.failed,
        "failedCount": batch.failed,
        "cancelledItems": batch.cancelled,
        "cancelledCount": batch.cancelled,
        "metadata": dict(batch.labels),
        "resultsPath": f"/templates/batch/{batch.id}/results",
        "createdAt": to_iso(batch.created_us),
    }
    optional = {
        "startedAt": batch.started_us and to_iso(batch.started_us),
        "completedAt": batch.finished_us and to_iso(batch.finished_us),
        "code": batch.code,
        "error": batch.error,
    }
    return data | {name: value for name, value in optional.items() if value}
