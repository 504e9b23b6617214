"""Bindings taken under leases, by the database's clock. Who lost one can write nothing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, func, or_, select, update

from core.clock import SECOND
from core.database import Database, database_now
from core.ids import new_id
from templates_store.bindings.binding import Binding
from templates_store.bindings.models import bindings, is_scheduled
from templates_store.bindings.rows import binding_of

__all__ = ["Claims", "Held", "Shares"]

LEASE = 30 * SECOND
"""As long as a worker that says nothing is believed to live."""
LONG_LEASE = 120 * SECOND
"""For one who takes a single binding and says nothing until the end."""


@dataclass(frozen=True, slots=True)
class Held:
    """A binding in our hands. `late`: seconds since it was due."""

    binding: Binding
    token: str
    late: float = 0.0


@dataclass(frozen=True, slots=True)
class Shares:
    """How many may be under way at once: in all, of one host, of one workspace."""

    total: int
    host: int
    workspace: int


class Claims:
    """Takes bindings for one process."""

    def __init__(self, db: Database, shares: Shares) -> None:
        self._db = db
        self._shares = shares

    async def take(self, busy: Iterable[Held]) -> list[Held]:
        """What is due, longest first, as far as the shares go; `busy` is under way already."""
        under_way = [one.binding for one in busy]
        free = self._shares.total - len(under_way)
        if free <= 0:
            return []
        async with self._db.read() as conn:
            rows = (await conn.execute(_due(self._shares.host).limit(free * 4))).mappings().all()
        chosen = _within(rows, under_way, self._shares, free)
        if not chosen:
            return []
        return await self._lease(and_(bindings.c.uid.in_(chosen), is_scheduled, _is_due()), LEASE)

    async def take_one(self, workspace_id: str, uid: str) -> Held | None:
        """One by its id, due or not; None while somebody else has it or when it is not there."""
        mine = and_(bindings.c.uid == uid, bindings.c.workspace_id == workspace_id, _is_free())
        taken = await self._lease(mine, LONG_LEASE)
        return taken[0] if taken else None

    async def due(self) -> int:
        """How many wait."""
        query = select(func.count()).select_from(bindings).where(is_scheduled, _is_due())
        async with self._db.read() as conn:
            return (await conn.execute(query)).scalar_one()

    async def beat(self, held: Iterable[Held]) -> None:
        """Say that we live."""
        tokens = {one.token for one in held}
        ours = update(bindings).where(bindings.c.lease_token.in_(tokens))
        if tokens:
            async with self._db.write() as conn:
                await conn.execute(ours.values(lease_until_us=database_now() + LEASE))

    async def _lease(self, which: ColumnElement[bool], lease: int) -> list[Held]:
        token = new_id("lease")
        taking = (
            update(bindings)
            .where(which)
            .values(lease_token=token, lease_until_us=database_now() + lease)
            .returning(*bindings.c, database_now().label("now_us"))
        )
        async with self._db.write() as conn:
            rows = (await conn.execute(taking)).mappings().all()
        return [Held(binding_of(row), token, _late(row)) for row in rows]


def _late(row: RowMapping) -> float:
    due: int = row["now_us"] if row["next_us"] is None else row["next_us"]
    return max(0, row["now_us"] - due) / SECOND


def _is_free() -> ColumnElement[bool]:
    return or_(bindings.c.lease_until_us.is_(None), bindings.c.lease_until_us < database_now())


def _is_due() -> ColumnElement[bool]:
    return and_(bindings.c.next_us <= database_now(), _is_free())


def _due(each: int) -> Select[Any, Any, Any]:
    """Of each host the longest due, so that a slow one does not hide the others."""
    host = func.coalesce(bindings.c.host, bindings.c.uid)
    place = func.row_number().over(partition_by=host, order_by=bindings.c.next_us)
    due = (
        select(
            bindings.c.uid,
            bindings.c.workspace_id,
            bindings.c.host,
            bindings.c.next_us,
            place.label("place"),
        )
        .where(is_scheduled, _is_due())
        .subquery()
    )
    shown = select(due.c.uid, due.c.workspace_id, due.c.host).where(due.c.place <= each)
    return shown.order_by(due.c.next_us)


def _within(
    due: Sequence[RowMapping], busy: Sequence[Binding], shares: Shares, free: int
) -> list[str]:
    hosts = Counter(one.host for one in busy if one.host)
    workspaces = Counter(one.workspace_id for one in busy)
    chosen: list[str] = []
    for row in due:
        full = workspaces[row["workspace_id"]] >= shares.workspace
        if full or len(chosen) >= free or hosts[row["host"]] >= shares.host:
            continue
        workspaces[row["workspace_id"]] += 1
        if row["host"]:
            hosts[row["host"]] += 1
        chosen.append(row["uid"])
    return chosen
