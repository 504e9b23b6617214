"""A batch with a proof: some items may be taken at once, the others wait for a yes."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import Database
from jobs.batch.closing import change
from jobs.batch.input.chunks import CHUNK, kept_rows
from jobs.batch.input.proof import chosen_rows
from jobs.batch.models import batch_chunks, batch_items, is_pending
from jobs.batch.work.settle import HELD_OPEN

__all__ = ["hold", "proof_rows"]


async def proof_rows(
    db: Database, workspace_id: str, batch_id: str, proof: Mapping[str, Any] | None
) -> list[int]:
    """The numbers of the rows to show first; empty when no proof is asked for.

    Read and judged before the unit of work that opens the batch, since it takes a while.
    """
    if proof is None:
        return []
    waiting = select(batch_items.c.row_number).where(batch_items.c.batch_id == batch_id, is_pending)
    chunks = select(batch_chunks.c.number, batch_chunks.c.digest).where(
        batch_chunks.c.batch_id == batch_id
    )
    rows: list[tuple[int, Any]] = []
    async with db.read() as conn:
        fitting = set((await conn.execute(waiting.distinct())).scalars())
        for number, digest in (await conn.execute(chunks)).all():
            found = enumerate(await kept_rows(conn, workspace_id, digest), number * CHUNK)
            rows += [row for row in found if row[0] in fitting]
    return await asyncio.to_thread(chosen_rows, rows, proof["count"])


async def hold(conn: AsyncConnection, batch_id: str, chosen: Collection[int]) -> None:
    """Let the items of the chosen rows go first, and the locked batch's others wait."""
    of_proof = and_(
        batch_items.c.batch_id == batch_id, is_pending, batch_items.c.row_number.in_(chosen)
    )
    if not chosen:
        return
    first = await conn.execute(update(batch_items).where(of_proof).values(ready_us=HELD_OPEN))
    if first.rowcount:
        await change(conn, batch_id, held=True)
