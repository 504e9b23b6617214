"""From the outbox to deliveries: each event once for each subscription that wants it."""

from typing import Any

import orjson
from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import to_iso
from core.database import Database, database_now
from core.ids import new_id
from core.models import events
from jobs.webhooks.match import matching
from jobs.webhooks.models import deliveries, subscriptions

__all__ = ["event_body", "fan_out", "new_delivery"]

PORTION = 100
"""Events of one unit of work."""
LAST_EVENTS = {"batch.completed", "batch.failed", "batch.cancelled"}
"""After one of these a batch's own subscription wants nothing more."""


async def fan_out(db: Database) -> int:
    """Make deliveries of the oldest events that have none yet; returns how many events went."""
    waiting = select(events).where(events.c.relayed_us.is_(None))
    oldest = waiting.order_by(events.c.sequence).limit(PORTION)
    async with db.read() as conn:
        if (await conn.execute(oldest.limit(1))).first() is None:
            return 0
    async with db.write() as conn:
        rows = (await conn.execute(oldest.with_for_update(skip_locked=True))).all()
        for row in rows:
            await _relay(conn, row)
        done = update(events).where(events.c.sequence.in_([row.sequence for row in rows]))
        await conn.execute(done.values(relayed_us=database_now()))
    return len(rows)


async def _relay(conn: AsyncConnection, event: Row[Any]) -> None:
    found = await matching(conn, event.workspace_id, event.type, event.subject)
    body = event_body(event.type, event.created_us, event.payload)
    for subscription in found:
        row = new_delivery(event.workspace_id, subscription["id"], event.id, event.type, body)
        await conn.execute(insert(deliveries).values(row))
        if subscription["batch_id"] and event.type in LAST_EVENTS:
            spent = update(subscriptions).where(subscriptions.c.id == subscription["id"])
            await conn.execute(spent.values(status="ended", reason="its batch ended"))


def event_body(event_type: str, at_us: int, data: dict[str, Any]) -> str:
    """The text that is signed and sent: the same for every try and every subscription."""
    return orjson.dumps(
        {"type": event_type, "event": event_type, "timestamp": to_iso(at_us), "data": data}
    ).decode()


def new_delivery(
    workspace_id: str, subscription_id: str, event_id: str, event_type: str, body: str
) -> dict[str, Any]:
    """A row of the table of deliveries, due at once."""
    return {
        "id": new_id("dlv"),
        "subscription_id": subscription_id,
        "workspace_id": workspace_id,
        "event_id": event_id,
        "event_type": event_type,
        "body": body,
        "state": "waiting",
        "attempt": 0,
        "next_us": database_now(),
        "created_us": database_now(),
    }
