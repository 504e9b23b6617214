"""The relay: makes deliveries of the outbox's events and sends what is due.

A delivery under way is held by a lease; a relay that dies loses it, and another sends again with
the same `webhook-id`: at least once. One target gets few at a time, so a dead one delays nobody.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, update

from core.database import Database, database_now
from core.ids import new_id
from jobs.webhooks.fan_out import fan_out
from jobs.webhooks.models import deliveries, is_due
from jobs.webhooks.sender import LEASE, Sender
from jobs.webhooks.settings import WebhookSettings

__all__ = ["Relay"]

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks when nobody rings."""
LOOK_APART = 0.05
"""Seconds from a look that found nothing to the next, whoever rings."""


@dataclass(frozen=True, slots=True)
class _Due:
    id: str
    subscription_id: str


class Relay:
    """Runs from `start` to `stop`; `wake` makes it look at once."""

    def __init__(self, db: Database, sender: Sender, settings: WebhookSettings) -> None:
        self._db = db
        self._sender = sender
        self._settings = settings
        self._bell = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._sending: dict[asyncio.Task[None], str] = {}

    def wake(self) -> None:
        """Look at the outbox now."""
        self._bell.set()

    async def start(self) -> None:
        """Begin to relay."""
        self._loop = asyncio.create_task(self._run(), name="webhook relay")

    async def stop(self, grace: float = 5.0) -> None:
        """Begin no delivery more; those under way have `grace` seconds, then others repeat them."""
        if self._loop is not None:
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop
            self._loop = None
        if self._sending:
            _, late = await asyncio.wait(set(self._sending), timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    @property
    def under_way(self) -> int:
        """Deliveries that are being sent now."""
        return len(self._sending)

    async def _run(self) -> None:
        while True:
            self._bell.clear()
            try:
                more = await self._step()
            except Exception:  # the relay must outlive a database that is away
                log.exception("the relay could not look at the outbox; it looks again soon")
                more = False
            if not more:
                await self._rest()

    async def _rest(self) -> None:
        """Until somebody rings, but not too short: a batch rings with every item."""
        await asyncio.sleep(LOOK_APART)
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY):
                await self._bell.wait()

    async def _step(self) -> bool:
        """One look; True when there may be more to do at once."""
        events = await fan_out(self._db)
        token = new_id("lease")
        claimed = await self._claim(token)
        for due in claimed:
            task = asyncio.create_task(self._send(due.id, token))
            self._sending[task] = due.subscription_id
            task.add_done_callback(self._sent)
        return bool(events or claimed)

    def _sent(self, task: asyncio.Task[None]) -> None:
        del self._sending[task]
        self._bell.set()

    async def _send(self, delivery_id: str, token: str) -> None:
        try:
            await self._sender.send(delivery_id, token)
        except Exception:  # the delivery's lease runs out and it is sent again
            log.exception("delivery %s could not be written down; it will be repeated", delivery_id)

    async def _claim(self, token: str) -> list[_Due]:
        free = self._settings.webhook_parallel - len(self._sending)
        if free <= 0:
            return []
        chosen = await self._choose(free)
        if not chosen:
            return []
        return await self._take([due.id for due in chosen], token)

    async def _choose(self, free: int) -> list[_Due]:
        """What is due, oldest first, as far as each target's share goes."""
        each = self._settings.webhook_parallel_per_target
        async with self._db.read() as conn:
            rows = (await conn.execute(_due_query(each).limit(free * 4))).all()
        busy = Counter(self._sending.values())
        return _within_share([_Due(row.id, row.subscription_id) for row in rows], busy, each, free)

    async def _take(self, ids: list[str], token: str) -> list[_Due]:
        """Set the lease on what is still due: another relay may have been faster."""
        statement = (
            update(deliveries)
            .where(deliveries.c.id.in_(ids), _is_free())
            .values(state="sending", lease_token=token, lease_until_us=database_now() + LEASE)
            .returning(deliveries.c.id, deliveries.c.subscription_id)
        )
        async with self._db.write() as conn:
            taken = (await conn.execute(statement)).all()
        return [_Due(row.id, row.subscription_id) for row in taken]


def _is_free() -> ColumnElement[bool]:
    waiting = (deliveries.c.state == "waiting") & (deliveries.c.next_us <= database_now())
    orphaned = (deliveries.c.state == "sending") & (deliveries.c.lease_until_us < database_now())
    return or_(waiting, orphaned)


def _due_query(each: int) -> Select[Any, Any]:
    place = func.row_number().over(
        partition_by=deliveries.c.subscription_id, order_by=deliveries.c.next_us
    )
    due = (
        select(
            deliveries.c.id,
            deliveries.c.subscription_id,
            deliveries.c.next_us,
            place.label("place"),
        )
        .where(is_due, _is_free())
        .subquery()
    )
    query = select(due.c.id, due.c.subscription_id).where(due.c.place <= each)
    return query.order_by(due.c.next_us)


def _within_share(due: list[_Due], busy: Mapping[str, int], each: int, free: int) -> list[_Due]:
    counts = Counter(busy)
    chosen: list[_Due] = []
    for one in due:
        if len(chosen) < free and counts[one.subscription_id] < each:
            counts[one.subscription_id] += 1
            chosen.append(one)
    return chosen
