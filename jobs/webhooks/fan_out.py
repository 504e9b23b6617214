"""From the outbox to deliveries: each event once for each subscription that wants it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import to_iso
from core.database import Database, database_now
from core.ids import new_id
from core.models import events
from core.wide_json import to_json
from jobs.batch.models import batches
from jobs.webhooks.match import listening, wants
from jobs.webhooks.models import deliveries, subscriptions

__all__ = ["BATCH_ENDED", "event_body", "fan_out", "new_delivery"]

PORTION = 250
"""Events of one unit of work."""
LAST_EVENTS = {"batch.completed", "batch.failed", "batch.cancelled"}
"""After one of these a batch's own subscription wants nothing more of this run."""
BATCH_ENDED = "its batch ended"
"""The `reason` of such a subscription, until the batch has another run."""


async def fan_out(db: Database) -> int:
    """Make deliveries of the oldest events that have none yet; returns how many events went."""
    waiting = select(events).where(events.c.relayed_us.is_(None))
    oldest = waiting.order_by(events.c.sequence).limit(PORTION)
    async with db.read(quick=True) as conn:
        if (await conn.execute(oldest.limit(1))).first() is None:
            return 0
    async with db.write() as conn:
        rows = (await conn.execute(oldest.with_for_update(skip_locked=True))).all()
        await _Portion(conn).relay(rows)
        done = update(events).where(events.c.sequence.in_([row.sequence for row in rows]))
        await conn.execute(done.values(relayed_us=database_now()))
    return len(rows)


class _Portion:
    """Some events, made deliveries of in one unit of work; who listens is asked once a type."""

    def __init__(self, conn: AsyncConnection) -> None:
        self._conn = conn
        self._listening: dict[tuple[str, str], Sequence[RowMapping]] = {}
        self._spent: dict[str, tuple[str, int]] = {}

    async def relay(self, rows: Sequence[Row[Any]]) -> None:
        now = (await self._conn.execute(select(database_now()))).scalar_one()
        made = [one for row in rows for one in await self._deliveries_of(row, now)]
        if made:
            await self._conn.execute(insert(deliveries), made)
        if self._spent:
            await self._end_spent()

    async def _end_spent(self) -> None:
        """End the own subscriptions of batches, but for those that have begun another run."""
        ids = {batch_id for batch_id, _ in self._spent.values()}
        query = select(batches.c.id, batches.c.run).where(batches.c.id.in_(ids))
        # Locked: whoever opens one of them now comes later, and finds what it has to revive. In
        # order of id, as everybody locks batches.
        locked = await self._conn.execute(query.order_by(batches.c.id).with_for_update())
        runs = {row.id: row.run for row in locked}
        over = [uid for uid, (one, run) in self._spent.items() if runs.get(one, run) == run]
        end = update(subscriptions).where(subscriptions.c.id.in_(over))
        await self._conn.execute(end.values(status="ended", reason=BATCH_ENDED))

    async def _deliveries_of(self, event: Row[Any], now: int) -> list[dict[str, Any]]:
        kind = (event.workspace_id, event.type)
        if kind not in self._listening:
            self._listening[kind] = await listening(self._conn, *kind)
        body = event_body(event.type, event.created_us, event.payload)
        made: list[dict[str, Any]] = []
        for subscription in self._listening[kind]:
            if not wants(subscription, event.subject):
                continue
            made.append(
                new_delivery(
                    (subscription["id"], subscription["endpoint"]), kind, event.id, body, now
                )
            )
            if subscription["batch_id"] and event.type in LAST_EVENTS:
                self._spent[subscription["id"]] = (
                    subscription["batch_id"],
                    event.payload.get("run", 1),
                )
        return made


def event_body(event_type: str, at_us: int, data: dict[str, Any]) -> str:
    """The text that is signed and sent: the same for every try and every subscription."""
    return to_json(
        {"type": event_type, "event": event_type, "timestamp": to_iso(at_us), "data": data}
    ).decode()


def new_delivery(
    subscription: tuple[str, str], kind: tuple[str, str], event_id: str, body: str, now: Any
) -> dict[str, Any]:
    """A row of the table of deliveries, due at once.

    `subscription` is (id, endpoint), `kind` (workspace id, type of the event); `now` is a moment
    or the database's clock.
    """
    return {
        "id": new_id("dlv"),
        "subscription_id": subscription[0],
        "workspace_id": kind[0],
        "endpoint": subscription[1],
        "event_id": event_id,
        "event_type": kind[1],
        "body": body,
        "state": "waiting",
        "attempt": 0,
        "next_us": now,
        "created_us": now,
    }
