"""What is due, endpoint by endpoint, so that the crowd before one hides no other."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import database_now
from jobs.webhooks.models import deliveries, endpoints, is_unfinished

__all__ = ["DueEndpoint", "due_endpoints", "due_of", "hold_for_probe", "is_free"]


@dataclass(frozen=True, slots=True)
class DueEndpoint:
    """An endpoint with something due that does not rest; `failures` in a row so far."""

    id: str
    failures: int


def is_free(of: Any = deliveries) -> ColumnElement[bool]:
    """Due, and held by nobody who lives."""
    now = _now()
    waiting = (of.c.state == "waiting") & (of.c.next_us <= now)
    orphaned = (of.c.state == "sending") & (of.c.lease_until_us < now)
    return or_(waiting, orphaned)


async def due_endpoints(
    conn: AsyncConnection, *, without: Collection[str], sound_only: bool, limit: int
) -> list[DueEndpoint]:
    """Endpoints that may get something now, whoever waits longest first.

    `without`: those that have their share already; `sound_only`: none whose last try failed.
    """
    values = {"busy": list(without), "sound_only": sound_only, "most": limit}
    rows = await conn.execute(_ENDPOINTS, values)
    return [DueEndpoint(row.endpoint, row.failures or 0) for row in rows]


async def due_of(conn: AsyncConnection, endpoint: str, limit: int) -> list[str]:
    """Ids of its oldest due deliveries."""
    rows = await conn.execute(_DELIVERIES, {"endpoint": endpoint, "most": limit})
    return list(rows.scalars())


async def hold_for_probe(conn: AsyncConnection, endpoint: str, seconds_us: int) -> bool:
    """Let a failing endpoint rest while one delivery tries it; False: somebody does already."""
    table = endpoints.c
    probe = update(endpoints).where(table.id == endpoint, table.rest_until_us <= database_now())
    held = await conn.execute(probe.values(rest_until_us=database_now() + seconds_us))
    return bool(held.rowcount)


def _now() -> ColumnElement[int]:
    """The clock read once a statement: only so can PostgreSQL look a moment up in an index."""
    return select(database_now()).scalar_subquery()


def _endpoints() -> Select[Any, Any]:
    """Hops from endpoint to endpoint along the index; the deliveries between are not read."""
    hop = deliveries.alias("hop")
    start = select(func.min(hop.c.endpoint).label("endpoint")).where(is_unfinished(hop))
    seen = start.cte("seen", recursive=True)
    further = (
        select(hop.c.endpoint)
        .where(is_unfinished(hop), hop.c.endpoint > seen.c.endpoint)
        .order_by(hop.c.endpoint)
        .limit(1)
        .scalar_subquery()
    )
    seen = seen.union_all(select(further).where(seen.c.endpoint.is_not(None)))
    oldest = deliveries.alias("oldest")
    first = (
        select(oldest.c.next_us)
        .where(oldest.c.endpoint == seen.c.endpoint, is_unfinished(oldest))
        .where(oldest.c.next_us <= _now(), is_free(oldest))
        .order_by(oldest.c.next_us)
        .limit(1)
        .scalar_subquery()
    )
    failing = endpoints.c
    sound = failing.id.is_(None)
    rested = and_(failing.rest_until_us <= _now(), bindparam("sound_only", False) == false())
    found = (
        select(seen.c.endpoint, failing.failures, first.label("first_us"))
        .outerjoin(endpoints, failing.id == seen.c.endpoint)
        .where(seen.c.endpoint.is_not(None), or_(sound, rested))
        .where(seen.c.endpoint.not_in(bindparam("busy", expanding=True)))
        .subquery()
    )
    query = select(found.c.endpoint, found.c.failures).where(found.c.first_us.is_not(None))
    return query.order_by(found.c.first_us).limit(bindparam("most"))


def _deliveries() -> Select[Any]:
    query = select(deliveries.c.id).where(
        deliveries.c.endpoint == bindparam("endpoint"),
        is_unfinished(),
        deliveries.c.next_us <= _now(),
        is_free(),
    )
    return query.order_by(deliveries.c.next_us).limit(bindparam("most"))


_ENDPOINTS = _endpoints()
_DELIVERIES = _deliveries()
