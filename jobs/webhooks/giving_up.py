"""When nothing more is sent to an endpoint: subscriptions end, and their owner hears of it."""

from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import now_us, to_iso
from core.database import Database, database_now
from core.outbox import Event
from core.portion import in_portion
from jobs.webhooks.match import announce
from jobs.webhooks.models import deliveries, subscriptions

__all__ = ["end_subscriptions", "give_up"]

PORTION = 1000
"""Deliveries that one unit of work gives up, so that nobody waits long for the writer."""


async def end_subscriptions(
    conn: AsyncConnection, endpoint: str, reason: str, last_error: str | None
) -> int:
    """End the lasting subscriptions of an endpoint and tell those that still listen, all at once.

    A batch's own subscription ends with its batch. Returns how many ended.
    """
    table = subscriptions.c
    mine = (table.endpoint == endpoint) & (table.status == "active") & table.batch_id.is_(None)
    end = update(subscriptions).where(mine).values(status="ended", reason=reason)
    ended = await conn.execute(
        end.returning(table.id, table.workspace_id, table.target_url, table.events)
    )
    rows = ended.all()
    for row in rows:
        data: dict[str, Any] = {
            "subscriptionId": row.id,
            "targetUrl": row.target_url,
            "events": row.events.split(),
            "reason": reason,
            "lastError": last_error,
            "disabledAt": to_iso(now_us()),
        }
        await announce(conn, Event(row.workspace_id, "webhook.disabled", data))
    return len(rows)


async def give_up(db: Database, of: ColumnElement[bool]) -> int:
    """Nothing of these deliveries that waits is tried any more; returns how many there were."""
    waiting = select(deliveries.c.id).where(of, deliveries.c.state == "waiting").limit(PORTION)
    over = (
        update(deliveries)
        .where(in_portion(deliveries.c.id, waiting), deliveries.c.state == "waiting")
        .values(state="exhausted", finished_us=database_now())
    )
    given_up = 0
    while True:
        async with db.write() as conn:
            count = (await conn.execute(over)).rowcount
        given_up += count
        if count < PORTION:
            return given_up
