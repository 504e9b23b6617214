"""Items taken under leases: a token that only this worker knows, and the moment it ends.

All comparisons use the database's clock. Whoever lost an item finds its token gone and can write
nothing.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    Update,
    and_,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import SECOND
from core.database import Database, database_now
from core.ids import new_id
from jobs.batch.closing import lock
from jobs.batch.command import ItemOptions
from jobs.batch.models import batch_items, batches, is_lone, is_open, is_running, is_sound
from jobs.batch.work.item import ClaimedItem
from jobs.batch.work.portion import in_items
from jobs.batch.work.share import Waiting, share

__all__ = ["Claims"]

_YOUNG = 4
"""A lease is young until the first quarter of it has passed."""


class Claims:
    """Takes items for one worker. `owner` begins every token; `lease` is seconds."""

    def __init__(self, db: Database, *, owner: str, lease: float) -> None:
        self._db = db
        self._owner = owner
        self._lease_us = round(lease * SECOND)

    async def take(self, free: int) -> list[ClaimedItem]:
        """Up to `free` items, shared fairly among workspaces; none when nothing waits."""
        async with self._db.read(quick=True) as conn:
            found = (await conn.execute(_waiting())).mappings().all()
        given = share([_shown(row) for row in found], free)
        if not given:
            return []
        taken: list[ClaimedItem] = []
        async with self._db.write() as conn:
            # In order of id, as everybody locks batches: no two wait for each other.
            for batch_id in sorted(given):
                taken += await self._take_of(conn, batch_id, given[batch_id])
        return taken

    async def lone_waits(self) -> bool:
        """Whether an item waits that has lost a worker, and so is rendered alone."""
        async with self._db.read(quick=True) as conn:
            return (await conn.execute(_lone().limit(1))).first() is not None

    async def take_lone(self) -> list[ClaimedItem]:
        """One such item; whoever takes it holds nothing else until it has ended."""
        async with self._db.write() as conn:
            found = (await conn.execute(_lone().limit(1))).scalar_one_or_none()
            return [] if found is None else await self._take_of(conn, found, 1, lone=True)

    async def beat(self, held: Iterable[ClaimedItem]) -> set[tuple[str, int]]:
        """Lengthen the leases; the keys of the items that are still ours and still wanted.

        A young lease is only looked at: most items end before theirs is worth writing anew.
        """
        items = list(held)
        if not items:
            return set()
        async with self._db.read() as conn:
            found = (await conn.execute(self._ours(items))).all()
        old: dict[str, set[str]] = {}
        for row in found:
            if row.old:
                old.setdefault(row.batch_id, set()).add(row.lease_token)
        if old:
            async with self._db.write() as conn:
                for batch_id in sorted(old):
                    if await lock(conn, batches.c.id == batch_id, is_open) is not None:
                        await conn.execute(self._lengthen(batch_id, old[batch_id]))
        return {(row.batch_id, row.item_index) for row in found}

    def _ours(self, held: Iterable[ClaimedItem]) -> Select[Any, Any, Any, Any]:
        ids, tokens = ({getattr(item, name) for item in held} for name in ("batch_id", "token"))
        mine = and_(batch_items.c.batch_id.in_(ids), batch_items.c.lease_token.in_(tokens))
        shown = (batch_items.c.batch_id, batch_items.c.item_index, batch_items.c.lease_token)
        return (
            select(*shown, self._is_old().label("old"))
            .join(batches, batches.c.id == batch_items.c.batch_id)
            .where(mine, is_running, is_open)
        )

    def _lengthen(self, batch_id: str, tokens: set[str]) -> Update:
        mine = and_(batch_items.c.batch_id == batch_id, batch_items.c.lease_token.in_(tokens))
        until = database_now() + self._lease_us
        return (
            update(batch_items).where(mine, is_running, self._is_old()).values(lease_until_us=until)
        )

    def _is_old(self) -> ColumnElement[bool]:
        left = self._lease_us - self._lease_us // _YOUNG
        return batch_items.c.lease_until_us < database_now() + left

    async def _take_of(
        self, conn: AsyncConnection, batch_id: str, most: int, *, lone: bool = False
    ) -> list[ClaimedItem]:
        """Begin the batch (this also locks it: a cancel comes before or after) and take items."""
        begin = (
            update(batches)
            .where(batches.c.id == batch_id, is_open, batches.c.paused_us.is_(None))
            .values(
                state="processing",
                started_us=func.coalesce(batches.c.started_us, database_now()),
                run_us=func.coalesce(batches.c.run_us, database_now()),
            )
            .returning(*batches.c)
        )
        batch = (await conn.execute(begin)).mappings().one_or_none()
        if batch is None:
            return []
        if batch["concurrency"] is not None:
            # Asked again: another worker may have taken some since the batch was looked at.
            running = (await conn.execute(_running_of(batch_id))).scalar_one()
            most = min(most, max(batch["concurrency"] - running, 0))
        token = new_id(self._owner)
        rows = await conn.execute(self._lease(batch_id, most, token, batch["held"], lone))
        items = [_item(row, batch, token) for row in rows.mappings()]
        return sorted(items, key=lambda item: item.index)

    def _lease(self, batch_id: str, most: int, token: str, held: bool, lone: bool) -> Any:
        sort = is_lone if lone else is_sound
        of_it = and_(batch_items.c.batch_id == batch_id, sort)
        open_now = and_(_is_due(), _goes_first()) if held else _is_due()
        first = (
            select(batch_items.c.item_index)
            .where(of_it, open_now)
            .order_by(batch_items.c.item_index)
            .limit(most)
        )
        return (
            update(batch_items)
            .where(of_it, in_items(first))
            .values(
                state="running",
                attempt=batch_items.c.attempt + 1,
                lease_token=token,
                lease_until_us=database_now() + self._lease_us,
                started_us=func.coalesce(batch_items.c.started_us, database_now()),
            )
            .returning(*batch_items.c)
        )


def _waiting() -> Select[Any, Any, Any, Any]:
    """Open batches that have items to take, oldest first, with how many of each are running."""
    of_it = batch_items.c.batch_id == batches.c.id
    running = _running_of(batches.c.id).scalar_subquery()
    ready = select(batch_items.c.item_index).where(of_it, is_sound, _is_due(), _approved())
    return (
        select(
            batches.c.id, batches.c.workspace_id, batches.c.concurrency, running.label("running")
        )
        .where(is_open, _may_start(), ready.exists())
        .order_by(batches.c.priority.desc(), batches.c.created_us, batches.c.id)
    )


def _lone() -> Select[Any]:
    """The batches of items that are rendered alone, longest waiting first."""
    ready = and_(is_lone, _is_due(), _approved())
    return (
        select(batches.c.id)
        .join(batch_items, batch_items.c.batch_id == batches.c.id)
        .where(ready, is_open, _may_start(), _has_room())
        .order_by(batches.c.created_us, batches.c.id)
    )


def _has_room() -> ColumnElement[bool]:
    running = _running_of(batches.c.id).correlate(batches).scalar_subquery()
    return or_(batches.c.concurrency.is_(None), running < batches.c.concurrency)


def _running_of(batch_id: Any) -> Select[int]:
    """How many items of the batch are in anybody's hands; `batch_id` may be a column."""
    return (
        select(func.count())
        .select_from(batch_items)
        .where(batch_items.c.batch_id == batch_id, is_running)
    )


def _is_due() -> ColumnElement[bool]:
    return func.abs(batch_items.c.ready_us) <= database_now()


def _goes_first() -> ColumnElement[bool]:
    """It may be taken while its batch is held: see `HELD_OPEN`."""
    return batch_items.c.ready_us < 0


def _approved() -> ColumnElement[bool]:
    return or_(batches.c.held.is_(False), _goes_first())


def _may_start() -> ColumnElement[bool]:
    """Its caller has an answer, every row was checked, and nobody has paused it."""
    checked = batches.c.accepting.is_(False)
    return and_(batches.c.opened_us.is_not(None), batches.c.paused_us.is_(None), checked)


def _shown(row: RowMapping) -> Waiting:
    return Waiting(row["id"], row["workspace_id"], row["running"], row["concurrency"])


def _item(row: RowMapping, batch: RowMapping, token: str) -> ClaimedItem:
    return ClaimedItem(
        batch_id=batch["id"],
        workspace_id=batch["workspace_id"],
        index=row["item_index"],
        row_number=row["row_number"],
        layout=row["layout"],
        attempt=row["attempt"],
        token=token,
        template_uid=batch["template_uid"],
        version=batch["version"],
        options=ItemOptions.from_json(batch["options"]),
        accepted_us=batch["created_us"],
        variables=row["variables"],
        goes_first=row["ready_us"] < 0,
    )
