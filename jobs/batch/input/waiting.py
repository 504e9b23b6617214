"""Tables that wait to be read: whose turn is next, and the lease of who reads one."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from core.clock import SECOND
from core.database import Database, database_now
from jobs.batch.models import batches, is_open

__all__ = ["ACCEPT_LEASE", "TakenTable", "next_table", "others_wait", "release_table"]

ACCEPT_LEASE = 30 * SECOND


@dataclass(frozen=True, slots=True)
class TakenTable:
    """A batch whose table is ours to read: its acceptance lease is ours."""

    batch_id: str
    workspace_id: str


async def next_table(db: Database, served: Collection[str] = ()) -> TakenTable | None:
    """Take the table that nobody reads and whose turn it is.

    `served`: workspaces that had their turn, the latest last. Who is not among them comes first,
    then who had it longest ago; of one workspace the oldest batch.
    """
    found = await _found(db, served)
    if found is None:
        return None
    take = update(batches).where(batches.c.id == found.batch_id, _is_free())
    async with db.write() as conn:
        until = database_now() + ACCEPT_LEASE
        taken = await conn.execute(take.values(accept_until_us=until))
    return found if taken.rowcount else None


async def others_wait(db: Database, workspace_id: str) -> bool:
    """Whether another workspace has a table that nobody reads."""
    others = select(batches.c.id).where(_is_free(), batches.c.workspace_id != workspace_id)
    async with db.read() as conn:
        return (await conn.execute(others.limit(1))).first() is not None


async def release_table(db: Database, batch_id: str) -> None:
    """Let another read the table that we were reading, now instead of after the lease."""
    ours = and_(batches.c.id == batch_id, batches.c.accept_until_us >= database_now())
    async with db.write() as conn:
        await conn.execute(update(batches).where(ours, is_open).values(accept_until_us=None))


async def _found(db: Database, served: Collection[str]) -> TakenTable | None:
    order = {workspace_id: place for place, workspace_id in enumerate(served)}
    waiting = (
        select(batches.c.workspace_id, func.min(batches.c.created_us))
        .where(_is_free())
        .group_by(batches.c.workspace_id)
    )
    async with db.read() as conn:
        each = (await conn.execute(waiting)).all()
        if not each:
            return None
        workspace_id, _ = min(each, key=lambda one: (order.get(one[0], -1), one[1]))
        own = select(batches.c.id).where(_is_free(), batches.c.workspace_id == workspace_id)
        oldest = own.order_by(batches.c.created_us).limit(1)
        batch_id = (await conn.execute(oldest)).scalar_one_or_none()
    return None if batch_id is None else TakenTable(batch_id, workspace_id)


def _is_free() -> ColumnElement[bool]:
    return and_(
        is_open,
        batches.c.accepting.is_(True),
        batches.c.opened_us.is_not(None),
        or_(
            batches.c.accept_until_us.is_(None),
            batches.c.accept_until_us < database_now(),
        ),
    )
