"""An item's artifact is there once, whatever died between its making and its being counted.

A render writes its artifact in a unit of work of its own. Who takes the item after a crash adopts
what it finds; who finds its result refused removes its own, unless that was adopted.
"""

from typing import Any

from sqlalchemy import RowMapping, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.artifacts import Artifact, Artifacts
from core.database import Database
from core.models import artifacts as artifact_rows
from jobs.batch.models import batch_items
from jobs.batch.work.item import ClaimedItem, Done
from jobs.render.models import renders

__all__ = ["adopt", "drop"]


async def adopt(
    db: Database, artifacts: Artifacts, item: ClaimedItem, shown_format: str
) -> Done | None:
    """The result that an earlier try of the item has left, now ours; None without one."""
    async with db.write() as conn:
        if not await _hold(conn, item):
            return None
        found = (await conn.execute(_left_by(item))).mappings().first()
        if found is None:
            return None
        ours = update(batch_items).where(_is(item)).values(artifact_id=found["artifact_id"])
        await conn.execute(ours)
    artifact = await artifacts.get(item.workspace_id, found["artifact_id"])
    return Done(_values(found, artifact, artifacts.url(artifact), shown_format))


async def drop(db: Database, artifacts: Artifacts, item: ClaimedItem, artifact: Artifact) -> None:
    """Remove the artifact of a result that did not count, unless another try adopted it."""
    async with db.write() as conn:
        locked = select(batch_items.c.artifact_id).where(_is(item)).with_for_update()
        if (await conn.execute(locked)).scalar_one_or_none() == artifact.id:
            return
        await conn.execute(delete(artifact_rows).where(artifact_rows.c.id == artifact.id))
    await artifacts.discard(artifact)


async def _hold(conn: AsyncConnection, item: ClaimedItem) -> bool:
    mine = select(batch_items.c.item_index).where(
        _is(item), batch_items.c.lease_token == item.token
    )
    return (await conn.execute(mine.with_for_update())).first() is not None


def _is(item: ClaimedItem) -> Any:
    return and_(batch_items.c.batch_id == item.batch_id, batch_items.c.item_index == item.index)


def _left_by(item: ClaimedItem) -> Any:
    return (
        select(renders)
        .where(
            renders.c.workspace_id == item.workspace_id,
            renders.c.batch_id == item.batch_id,
            renders.c.item_index == item.index,
        )
        .order_by(renders.c.created_us)
    )


def _values(row: RowMapping, artifact: Artifact, url: str, shown_format: str) -> dict[str, Any]:
    return {
        "render_id": row["id"],
        "artifact_id": artifact.id,
        "url": url,
        "format": shown_format,
        "width": row["width"],
        "height": row["height"],
        "pages": row["pages"],
        "size": artifact.size,
        "warnings": list(row["warnings"]),
    }
