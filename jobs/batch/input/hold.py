"""A batch with a proof: some items may be taken at once, the others wait for a yes."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from jobs.batch.closing import change
from jobs.batch.input.chunks import CHUNK, kept_rows
from jobs.batch.input.proof import chosen_rows
from jobs.batch.models import batch_chunks, batch_items, batches, is_pending
from jobs.batch.work.settle import HELD_OPEN

__all__ = ["hold_for_proof"]


async def hold_for_proof(conn: AsyncConnection, batch_id: str) -> None:
    """Choose the rows of the proof, if the locked batch asks for one, and hold the others."""
    query = select(batches.c.workspace_id, batches.c.proof).where(batches.c.id == batch_id)
    row = (await conn.execute(query)).mappings().one()
    if row["proof"] is None:
        return
    rows = [one async for one in _rows(conn, row["workspace_id"], batch_id)]
    chosen = chosen_rows(await _fitting(conn, batch_id, rows), row["proof"]["count"])
    of_proof = and_(
        batch_items.c.batch_id == batch_id, is_pending, batch_items.c.row_number.in_(chosen)
    )
    taken = update(batch_items).where(of_proof).values(ready_us=HELD_OPEN)
    indexes = (await conn.execute(taken.returning(batch_items.c.item_index))).scalars().all()
    if indexes:
        proof = {**row["proof"], "items": sorted(indexes)}
        await change(conn, batch_id, held=True, proof=proof)


async def _rows(
    conn: AsyncConnection, workspace_id: str, batch_id: str
) -> AsyncIterator[tuple[int, Any]]:
    query = select(batch_chunks.c.number, batch_chunks.c.digest).where(
        batch_chunks.c.batch_id == batch_id
    )
    chunks = (await conn.execute(query.order_by(batch_chunks.c.number))).all()
    for number, digest in chunks:
        for offset, row in enumerate(await kept_rows(conn, workspace_id, digest)):
            yield number * CHUNK + offset, row


async def _fitting(
    conn: AsyncConnection, batch_id: str, rows: list[tuple[int, Any]]
) -> list[tuple[int, Any]]:
    """Those that have an item which is to be rendered."""
    waiting = select(batch_items.c.row_number).where(batch_items.c.batch_id == batch_id, is_pending)
    numbers = set((await conn.execute(waiting.distinct())).scalars())
    return [row for row in rows if row[0] in numbers]
