"""The end of a batch's life: its items, rows and report go, a portion at a time."""

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import Database
from core.models import blobs
from jobs.batch.closing import lock
from jobs.batch.models import batch_chunks, batch_items, batches
from jobs.batch.work.portion import in_items

__all__ = ["delete_batch"]

PORTION = 2000
"""Items that one unit of work deletes, so that nobody waits long for the writer."""


async def delete_batch(db: Database, batch_id: str, still: ColumnElement[bool]) -> None:
    """Delete a batch and the blobs that it alone used; artifacts expire by themselves.

    `still`: what must hold at every step, since a batch may be opened again meanwhile.
    """
    some = select(batch_items.c.item_index).where(batch_items.c.batch_id == batch_id).limit(PORTION)
    part = delete(batch_items).where(batch_items.c.batch_id == batch_id, in_items(some))
    left = True
    while left:
        async with db.write() as conn:
            row = await lock(conn, batches.c.id == batch_id, still)
            if row is None:
                return
            left = bool((await conn.execute(part)).rowcount)
            if not left:
                digests = await _digests(conn, batch_id, row["source"].get("digest"))
                await conn.execute(delete(batches).where(batches.c.id == batch_id))
                await _drop_blobs(conn, row["workspace_id"], digests)


async def _digests(conn: AsyncConnection, batch_id: str, table: str | None) -> list[str]:
    query = select(batch_chunks.c.digest).where(batch_chunks.c.batch_id == batch_id)
    found = (await conn.execute(query)).scalars().all()
    return [*found, *([table] if table else [])]


async def _drop_blobs(conn: AsyncConnection, workspace_id: str, digests: list[str]) -> None:
    """A batch's blobs name it within, so that no other batch and no template has the same."""
    for at in range(0, len(digests), 500):
        mine = and_(
            blobs.c.workspace_id == workspace_id, blobs.c.digest.in_(digests[at : at + 500])
        )
        await conn.execute(delete(blobs).where(mine))
