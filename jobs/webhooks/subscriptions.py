"""Subscriptions: who is told of what, and where."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import SECOND, now_us
from core.database import Database, database_now
from core.errors import NotFoundError, ValidationError
from core.ids import new_id
from core.listing import Order, Window, in_window
from core.reach import Reach
from egress.client import EgressClient
from jobs.queue.port import Queue
from jobs.webhooks.delivery import Delivery
from jobs.webhooks.endpoint import close_circuit, endpoint_of
from jobs.webhooks.event_types import EVENT_TYPES, TEST_EVENT
from jobs.webhooks.fan_out import BATCH_ENDED, event_body, new_delivery
from jobs.webhooks.history import History
from jobs.webhooks.match import any_match, pack_events, unpack_events
from jobs.webhooks.models import deliveries, is_unfinished, subscriptions
from jobs.webhooks.sender import Sender
from jobs.webhooks.settings import WebhookSettings
from jobs.webhooks.signature import new_secret
from jobs.webhooks.subscription import FILTERS, NewSubscription, Status, Subscription
from jobs.webhooks.target import check_target

__all__ = ["Subscriptions", "any_match", "insert_for_batch", "revive_for_batch"]

HOUR = 3600 * SECOND
_ORDERS = {
    "created_us": Order(subscriptions.c.created_us),
    "updated_us": Order(subscriptions.c.updated_us),
}


class Subscriptions:
    """The subscriptions of every workspace; a workspace sees its own alone."""

    def __init__(
        self,
        db: Database,
        client: EgressClient,
        sender: Sender,
        queue: Queue,
        settings: WebhookSettings,
    ) -> None:
        self._db = db
        self._client = client
        self._sender = sender
        self._queue = queue
        self._settings = settings
        self._history = History(db)

    async def create(
        self, workspace_id: str, new: NewSubscription, reach: Reach | None = None
    ) -> tuple[Subscription, str]:
        """Store it; the secret beside it is shown this once.

        Raises ValidationError, BlockedAddressError (the target is no public address, or beyond
        the `reach` of the key that asks).
        """
        checked = check_events(new.events)
        filters = check_filters(new.filters)
        await check_target(self._client, new.target_url, "targetUrl", reach)
        uid, secret, now = new_id("whs"), new_secret(), now_us()
        row = {
            "id": uid,
            "workspace_id": workspace_id,
            "events": pack_events(checked),
            "target_url": new.target_url,
            "endpoint": endpoint_of(workspace_id, new.target_url),
            "platform": new.platform,
            "filters": filters,
            "status": "active",
            "secret": secret,
            "created_us": now,
            "updated_us": now,
        }
        async with self._db.write() as conn:
            await conn.execute(insert(subscriptions).values(row))
        return await self.get(workspace_id, uid), secret

    async def get(self, workspace_id: str, uid: str) -> Subscription:
        """One of the workspace's subscriptions. Raises NotFoundError."""
        async with self._db.read() as conn:
            query = select(subscriptions).where(_mine(workspace_id, uid))
            row = (await conn.execute(query)).mappings().one_or_none()
        if row is None:
            raise _unknown(uid)
        return _subscription(row)

    async def update(
        self,
        workspace_id: str,
        uid: str,
        *,
        target_url: str | None = None,
        filters: Mapping[str, str] | None = None,
        status: Status | None = None,
        events: Sequence[str] | None = None,
        reach: Reach | None = None,
    ) -> Subscription:
        """Change what is given. `active` also revives one that had ended, and its endpoint.

        Raises NotFoundError, ValidationError, BlockedAddressError.
        """
        found = await self.get(workspace_id, uid)
        endpoint = endpoint_of(workspace_id, target_url or found.target_url)
        values: dict[str, Any] = {"updated_us": now_us()}
        if target_url is not None:
            await check_target(self._client, target_url, "targetUrl", reach)
            values |= {"target_url": target_url, "endpoint": endpoint}
        if filters is not None:
            values["filters"] = check_filters(filters)
        if status is not None:
            values |= {"status": status, "reason": None}
        if events is not None:
            values["events"] = pack_events(check_events(events))
        async with self._db.write() as conn:
            await _change(conn, workspace_id, uid, values)
            if target_url is not None:
                await _move_deliveries(conn, uid, endpoint)
            if target_url is not None or status == "active":
                await close_circuit(conn, endpoint)
        return await self.get(workspace_id, uid)

    async def delete(self, workspace_id: str, uid: str) -> None:
        """Delete it with its deliveries. Raises NotFoundError."""
        async with self._db.write() as conn:
            gone = await conn.execute(delete(subscriptions).where(_mine(workspace_id, uid)))
        if not gone.rowcount:
            raise _unknown(uid)

    async def rotate_secret(self, workspace_id: str, uid: str) -> tuple[Subscription, str]:
        """Give it a new secret; the one before signs beside it for a day. Raises NotFoundError."""
        secret = new_secret()
        until = now_us() + round(self._settings.webhook_rotation_hours * HOUR)
        values = {
            "secret": secret,
            "previous_secret": subscriptions.c.secret,
            "previous_until_us": until,
            "updated_us": now_us(),
        }
        async with self._db.write() as conn:
            await _change(conn, workspace_id, uid, values)
        return await self.get(workspace_id, uid), secret

    async def test(self, workspace_id: str, uid: str) -> Delivery:
        """Send a test event now, once; what came of it stands in the answer.

        Raises NotFoundError.
        """
        found = await self.get(workspace_id, uid)
        data = {"message": "This is a test of your webhook subscription", "subscriptionId": uid}
        token, event_id = new_id("lease"), new_id("evt")
        row = new_delivery(
            (uid, endpoint_of(workspace_id, found.target_url)),
            (workspace_id, TEST_EVENT),
            event_id,
            event_body(TEST_EVENT, now_us(), data),
            database_now(),
        )
        until = database_now() + self._settings.lease_us
        held = {"state": "sending", "lease_token": token, "lease_until_us": until}
        async with self._db.write() as conn:
            await conn.execute(insert(deliveries).values({**row, **held}))
        await self._sender.send(row["id"], token)
        return await self._history.get(workspace_id, uid, row["id"])

    async def deliveries(
        self, workspace_id: str, uid: str, window: Window | None = None
    ) -> tuple[list[Delivery], int]:
        """A window of its deliveries, each with its tries. Raises NotFoundError."""
        await self.get(workspace_id, uid)
        return await self._history.list(uid, window or Window())

    async def replay(self, workspace_id: str, uid: str, delivery_id: str) -> Delivery:
        """Send a delivery again, with the same `webhook-id` and a fresh schedule.

        Raises NotFoundError.
        """
        await self._history.get(workspace_id, uid, delivery_id)
        again = (
            update(deliveries)
            .where(deliveries.c.id == delivery_id, deliveries.c.state != "sending")
            .values(state="waiting", attempt=0, next_us=database_now(), finished_us=None)
        )
        async with self._db.write() as conn:
            await conn.execute(again)
        await self._queue.ring("events")
        return await self._history.get(workspace_id, uid, delivery_id)

    async def list(
        self, workspace_id: str, window: Window | None = None
    ) -> tuple[list[Subscription], int]:
        """A window of the workspace's subscriptions, and the count of all."""
        listed = (subscriptions.c.workspace_id == workspace_id) & subscriptions.c.batch_id.is_(None)
        query = select(subscriptions).where(listed)
        shown = in_window(query, window or Window(), _ORDERS, subscriptions.c.id)
        async with self._db.read() as conn:
            rows = await conn.execute(shown)
            total = await conn.execute(select(func.count()).where(listed))
            return [_subscription(row) for row in rows.mappings()], total.scalar_one()


async def insert_for_batch(
    conn: AsyncConnection, workspace_id: str, batch_id: str, target_url: str
) -> tuple[str, str]:
    """A batch's own subscription to its end, in the batch's unit of work; its id and secret."""
    uid, secret, now = new_id("whs"), new_secret(), now_us()
    row = {
        "id": uid,
        "workspace_id": workspace_id,
        "events": pack_events(("batch.completed", "batch.failed", "batch.cancelled")),
        "target_url": target_url,
        "endpoint": endpoint_of(workspace_id, target_url),
        "filters": {"batchId": batch_id},
        "batch_id": batch_id,
        "status": "active",
        "secret": secret,
        "created_us": now,
        "updated_us": now,
    }
    await conn.execute(insert(subscriptions).values(row))
    return uid, secret


async def revive_for_batch(conn: AsyncConnection, workspace_id: str, batch_id: str) -> None:
    """Let a batch's own subscription hear of another end, in the unit of work that opens the batch.

    One that has ended for another reason stays so.
    """
    own = and_(
        subscriptions.c.workspace_id == workspace_id,
        subscriptions.c.status == "ended",
        subscriptions.c.batch_id == batch_id,
        subscriptions.c.reason == BATCH_ENDED,
    )
    await conn.execute(update(subscriptions).where(own).values(status="active", reason=None))


async def _change(
    conn: AsyncConnection, workspace_id: str, uid: str, values: dict[str, Any]
) -> None:
    statement = update(subscriptions).where(_mine(workspace_id, uid)).values(values)
    if not (await conn.execute(statement)).rowcount:
        raise _unknown(uid)


async def _move_deliveries(conn: AsyncConnection, uid: str, endpoint: str) -> None:
    """What waits goes to the new address."""
    mine = (deliveries.c.subscription_id == uid) & is_unfinished()
    await conn.execute(update(deliveries).where(mine).values(endpoint=endpoint))


def check_events(events: Sequence[str]) -> tuple[str, ...]:
    """Known types, at least one. Raises ValidationError."""
    unknown = [name for name in events if name not in EVENT_TYPES]
    if unknown or not events:
        wrong = f"{unknown[0][:60]!r} is no event" if unknown else "no event was named"
        raise ValidationError.of(
            "events", f"{wrong}: use one or more of {', '.join(EVENT_TYPES)}", "unknown_event"
        )
    return tuple(dict.fromkeys(events))


def check_filters(filters: Mapping[str, str]) -> dict[str, str]:
    """Known names alone; empty values are left out. Raises ValidationError."""
    for name in filters:
        if name not in FILTERS:
            raise ValidationError.of(
                f"filters.{name[:60]}",
                f"filters knows no {name[:60]!r}: use {', '.join(FILTERS)}",
                "unknown_filter",
            )
    return {name: value for name, value in filters.items() if value}


def _mine(workspace_id: str, uid: str) -> ColumnElement[bool]:
    return (subscriptions.c.workspace_id == workspace_id) & (subscriptions.c.id == uid)


def _unknown(uid: str) -> NotFoundError:
    return NotFoundError(f"No webhook subscription has the id '{uid[:80]}' in this workspace")


def _subscription(found: RowMapping) -> Subscription:
    plain = {
        name: found[name]
        for name in Subscription.__dataclass_fields__
        if name not in {"events", "last_status"}
    }
    return Subscription(
        **plain, events=unpack_events(found["events"]), last_status=found["last_delivery_status"]
    )
