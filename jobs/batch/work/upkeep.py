"""What the reconciler does for batches: nothing stays with a worker that is gone, nothing stays
open that is done, and items follow their batch's end.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import Database, database_now
from jobs.batch.closing import close_if_done, lock
from jobs.batch.errors import WorkerLostError
from jobs.batch.models import batch_items, batches, is_open, is_running, is_unswept
from jobs.batch.states import OPEN
from jobs.batch.work.expiry import delete_batch
from jobs.batch.work.portion import in_items
from jobs.batch.work.settle import count

__all__ = ["Upkeep"]

LOSSES = 2
"""Workers that an item may lose: the second one had it alone."""
PORTION = 2000
"""Items that one unit of work changes, so that nobody waits long for the writer."""


class Upkeep:
    """Puts right what a crash left. Every call is one look; all may run in every worker at once."""

    def __init__(self, db: Database, *, attempts: int) -> None:
        self._db = db
        self._attempts = attempts

    async def give_back(self, dead_owners: Iterable[str] = ()) -> int:
        """Items whose lease ran out, or whose owner is known to be dead, wait again.

        Those that were tried often enough fail. Returns how many there were.
        """
        gone = _lost(tuple(dead_owners))
        async with self._db.read() as conn:
            rows = await conn.execute(select(batch_items.c.batch_id).where(gone).distinct())
            ids = sorted(row.batch_id for row in rows)
        given_back = 0
        for batch_id in ids:
            async with self._db.write() as conn:
                given_back += await self._give_back(conn, batch_id, gone)
        return given_back

    async def close(self) -> int:
        """End open batches whose items have all ended; returns how many."""
        ended = batches.c.completed + batches.c.failed + batches.c.cancelled
        done = and_(is_open, batches.c.accepting.is_(False), ended >= batches.c.total)
        closed = 0
        for batch_id in await self._ids(done, batches.c.opened_us.is_not(None)):
            async with self._db.write() as conn:
                row = await lock(conn, batches.c.id == batch_id)
                if row is not None:
                    closed += (await close_if_done(conn, row))["state"] not in OPEN
        return closed

    async def sweep(self) -> int:
        """Items of batches that ended early become cancelled; returns how many."""
        swept = 0
        for batch_id in await self._ids(is_unswept):
            while portion := await self._sweep_portion(batch_id):
                swept += portion
        return swept

    async def forget_unopened(self) -> int:
        """Delete batches whose acceptance broke off before its caller had an answer."""
        broken = and_(batches.c.opened_us.is_(None), batches.c.accept_until_us < database_now())
        ids = await self._ids(broken)
        for batch_id in ids:
            async with self._db.write() as conn:
                await conn.execute(delete(batches).where(batches.c.id == batch_id, broken))
        return len(ids)

    async def expire(self) -> int:
        """Delete batches whose time is over, with their items and rows; returns how many."""
        over = and_(batches.c.finished_us.is_not(None), batches.c.expires_us < database_now())
        ids = await self._ids(over)
        for batch_id in ids:
            await delete_batch(self._db, batch_id, over)
        return len(ids)

    async def _give_back(
        self, conn: AsyncConnection, batch_id: str, gone: ColumnElement[bool]
    ) -> int:
        row = await lock(conn, batches.c.id == batch_id)
        if row is None or row["state"] not in OPEN:
            return 0  # the sweep has them
        lost = update(batch_items).where(batch_items.c.batch_id == batch_id, gone)
        free = {"lease_token": None, "lease_until_us": None}
        spent = await conn.execute(
            lost.where(
                or_(batch_items.c.losses >= LOSSES - 1, batch_items.c.attempt >= self._attempts)
            ).values(
                **free,
                state="failed",
                losses=batch_items.c.losses + 1,
                code=WorkerLostError.code,
                error="The worker was lost each time that it had this item, the last time alone",
                finished_us=database_now(),
            )
        )
        one_more = batch_items.c.losses + 1
        back = await conn.execute(lost.values(**free, state="pending", losses=one_more))
        if spent.rowcount:
            await count(conn, row, failed=spent.rowcount)
        return spent.rowcount + back.rowcount

    async def _sweep_portion(self, batch_id: str) -> int:
        unfinished = and_(
            batch_items.c.batch_id == batch_id, batch_items.c.state.in_(("pending", "running"))
        )
        some = select(batch_items.c.item_index).where(unfinished).limit(PORTION)
        follow = (
            update(batch_items)
            .where(unfinished, in_items(some))
            .values(
                state="cancelled",
                lease_token=None,
                lease_until_us=None,
                finished_us=database_now(),
            )
        )
        async with self._db.write() as conn:
            if await lock(conn, batches.c.id == batch_id, is_unswept) is None:
                return 0  # somebody else has swept it, and it may be open again
            swept = (await conn.execute(follow)).rowcount
            if not swept:
                done = update(batches).where(batches.c.id == batch_id)
                await conn.execute(done.values(swept_us=database_now()))
        return swept

    async def _ids(self, *conditions: ColumnElement[bool]) -> list[str]:
        async with self._db.read() as conn:
            rows = await conn.execute(select(batches.c.id).where(*conditions))
            return sorted(row.id for row in rows)


def _lost(dead_owners: Sequence[str]) -> ColumnElement[bool]:
    orphaned = [
        batch_items.c.lease_token.startswith(f"{owner}_", autoescape=True) for owner in dead_owners
    ]
    return and_(is_running, or_(batch_items.c.lease_until_us < database_now(), *orphaned))
