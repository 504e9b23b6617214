"""The relay: makes deliveries of the outbox's events and sends what is due.

A delivery under way is held by a lease; a relay that dies loses it, and another sends again with
the same `webhook-id`: at least once. One target gets few at a time, so a dead one delays nobody.
"""

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import Database, database_now
from core.ids import new_id
from jobs.webhooks.due import DueEndpoint, due_endpoints, due_of, hold_for_probe, is_free
from jobs.webhooks.fan_out import fan_out
from jobs.webhooks.models import deliveries
from jobs.webhooks.sender import Sender
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
    endpoint: DueEndpoint


class Relay:
    """Runs from `start` to `stop`; `wake` makes it look at once."""

    def __init__(self, db: Database, sender: Sender, settings: WebhookSettings) -> None:
        self._db = db
        self._sender = sender
        self._settings = settings
        self._bell = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._sending: dict[asyncio.Task[None], DueEndpoint] = {}

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
            self._sending[task] = due.endpoint
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
        return await self._db.unit(lambda conn: self._take(conn, chosen, token))

    async def _choose(self, free: int) -> list[_Due]:
        """What is due, as far as each endpoint's share goes, and that of all that fail."""
        each = self._settings.webhook_parallel_per_target
        busy = Counter(endpoint.id for endpoint in self._sending.values())
        full = [name for name, count in busy.items() if count >= each]
        places = self._places_of_failing()
        chosen: list[_Due] = []
        async with self._db.read() as conn:
            found = await due_endpoints(conn, without=full, sound_only=places <= 0, limit=free)
            for endpoint in found:
                share = min(each - busy[endpoint.id], free - len(chosen))
                if endpoint.failures:
                    share = min(share, places, self._most_of_failing(endpoint))
                    places -= max(share, 0)
                if share > 0:
                    ids = await due_of(conn, endpoint.id, share)
                    chosen += [_Due(one, endpoint) for one in ids]
        return chosen

    def _places_of_failing(self) -> int:
        half = max(1, self._settings.webhook_parallel // 2)
        return half - sum(endpoint.failures > 0 for endpoint in self._sending.values())

    def _most_of_failing(self, endpoint: DueEndpoint) -> int:
        return 1 if self._is_open(endpoint) else self._settings.webhook_parallel_per_target

    def _is_open(self, endpoint: DueEndpoint) -> bool:
        return endpoint.failures >= self._settings.webhook_breaker

    async def _take(self, conn: AsyncConnection, chosen: list[_Due], token: str) -> list[_Due]:
        """Set the lease on what is still due: another relay may have been faster."""
        for endpoint in {due.endpoint for due in chosen if self._is_open(due.endpoint)}:
            if not await hold_for_probe(conn, endpoint.id, self._settings.lease_us):
                chosen = [due for due in chosen if due.endpoint != endpoint]
        leased = {
            "state": "sending",
            "lease_token": token,
            "lease_until_us": database_now() + self._settings.lease_us,
        }
        statement = (
            update(deliveries)
            .where(deliveries.c.id.in_([due.id for due in chosen]), is_free())
            .values(leased)
            .returning(deliveries.c.id)
        )
        taken = set((await conn.execute(statement)).scalars())
        return [due for due in chosen if due.id in taken]
