"""One try of one delivery: sign, post, write down what came back."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, case, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import SECOND, now_us
from core.database import Database, database_now
from core.errors import PlatenError
from core.ids import new_id
from egress.client import EgressClient
from jobs.webhooks.endpoint import FailingEndpoint, close_circuit, count_failure
from jobs.webhooks.fan_out import BATCH_ENDED
from jobs.webhooks.giving_up import end_subscriptions, give_up
from jobs.webhooks.logged import logged_body, logged_headers
from jobs.webhooks.metrics import DELIVERY_TRIES
from jobs.webhooks.models import deliveries, delivery_attempts, subscriptions
from jobs.webhooks.schedule import next_try, retry_after_seconds
from jobs.webhooks.settings import WebhookSettings
from jobs.webhooks.signature import signature_headers

__all__ = ["Sender", "Try"]

log = logging.getLogger(__name__)

GONE = 410
ASKS_FOR_REST = {429, 503}
"""Answers whose `Retry-After` speaks for the whole endpoint."""
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Try:
    """What came of one try. `status` None: no answer; `error` says why."""

    at_us: int
    duration_ms: int
    headers: Mapping[str, str]
    status: int | None = None
    error: str | None = None
    answer: str | None = None
    answer_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    retry_after: float | None = None

    @property
    def delivered(self) -> bool:
        """Only 2xx is success; a redirect is none."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def rest(self) -> float | None:
        """Seconds for which the endpoint asked to be left alone."""
        return self.retry_after if self.status in ASKS_FOR_REST else None


class Sender:
    """Makes tries. Whoever calls `send` holds the delivery's lease."""

    def __init__(self, db: Database, client: EgressClient, settings: WebhookSettings) -> None:
        self._db = db
        self._client = client
        self._settings = settings

    async def send(self, delivery_id: str, token: str) -> Try | None:
        """Try the delivery once under the lease `token`; None when the lease was lost before."""
        async with self._db.read() as conn:
            row = (await conn.execute(_claimed(delivery_id, token))).mappings().one_or_none()
        if row is None:
            return None
        outcome = await self._post(dict(row))
        DELIVERY_TRIES.labels("delivered" if outcome.delivered else "failed").inc()
        over = await self._db.unit(lambda conn: self._record(conn, dict(row), token, outcome))
        if over is not None:
            await give_up(self._db, over)
        return outcome

    async def _post(self, row: dict[str, Any]) -> Try:
        at, started = now_us(), time.monotonic()
        headers = _headers(row, at)
        logged = logged_headers(headers)
        try:
            answer = await self._client.post(
                row["target_url"], row["body"].encode(), headers, self._settings.webhook_timeout
            )
        except PlatenError as error:
            return Try(at, _since(started), logged, error=error.message)
        return Try(
            at,
            _since(started),
            logged,
            status=answer.status,
            error=None if 200 <= answer.status < 300 else f"answered {answer.status}",
            answer=logged_body(answer.body),
            answer_headers=logged_headers(answer.headers),
            retry_after=retry_after_seconds(answer.headers.get("retry-after"), at),
        )

    async def _record(
        self, conn: AsyncConnection, row: dict[str, Any], token: str, outcome: Try
    ) -> ColumnElement[bool] | None:
        """Write the attempt, the delivery's next state and all counts in one unit of work.

        Returns which other deliveries are to be given up.
        """
        values = self._next_state(row["attempt"] + 1, outcome)
        mine = (deliveries.c.id == row["id"]) & (deliveries.c.lease_token == token)
        written = await conn.execute(update(deliveries).where(mine).values(values))
        if not written.rowcount:
            return None  # the lease ran out and somebody else tries: their word counts
        await conn.execute(insert(delivery_attempts).values(_attempt(row, outcome)))
        over = await self._judge(conn, row, outcome)
        await conn.execute(
            update(subscriptions)
            .where(subscriptions.c.id == row["subscription_id"])
            .values(_counts(outcome))
        )
        return over

    async def _judge(
        self, conn: AsyncConnection, row: dict[str, Any], outcome: Try
    ) -> ColumnElement[bool] | None:
        """What the try says of the endpoint; which deliveries are to be given up for it."""
        if outcome.delivered:
            await close_circuit(conn, row["endpoint"])
            return None
        if outcome.status == GONE:
            return deliveries.c.subscription_id == row["subscription_id"]
        failing = await count_failure(
            conn, row["workspace_id"], row["endpoint"], outcome.rest, self._settings
        )
        if failing.seconds < self._settings.webhook_disable_days * DAY:
            return None
        ended = await end_subscriptions(
            conn, row["endpoint"], self._why_ended(failing), outcome.error
        )
        log.warning("%d webhook subscriptions ended: their target failed for too long", ended)
        return deliveries.c.endpoint == row["endpoint"]

    def _why_ended(self, failing: FailingEndpoint) -> str:
        days = self._settings.webhook_disable_days
        return f"its target failed for {days:g} days, {failing.failures} times in a row"

    def _next_state(self, tries: int, outcome: Try) -> dict[str, Any]:
        now = outcome.at_us + outcome.duration_ms * 1000
        again = next_try(self._settings.webhook_schedule, tries, now, outcome.retry_after)
        common = {"attempt": tries, "lease_token": None, "lease_until_us": None}
        if outcome.delivered:
            return {**common, "state": "delivered", "finished_us": database_now()}
        if again is None or outcome.status == GONE:
            return {**common, "state": "exhausted", "finished_us": database_now()}
        return {**common, "state": "waiting", "next_us": again}


def _claimed(delivery_id: str, token: str) -> Any:
    secrets = (subscriptions.c.secret, subscriptions.c.previous_secret)
    return (
        select(
            deliveries,
            subscriptions.c.target_url,
            subscriptions.c.previous_until_us,
            *secrets,
        )
        .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
        .where(deliveries.c.id == delivery_id, deliveries.c.lease_token == token)
    )


def _headers(row: dict[str, Any], at_us: int) -> dict[str, str]:
    valid = [row["secret"]]
    if row["previous_secret"] and (row["previous_until_us"] or 0) > at_us:
        valid.append(row["previous_secret"])
    signed = signature_headers(
        valid, message_id=row["event_id"], at=at_us // SECOND, body=row["body"]
    )
    return {
        "Content-Type": "application/json",
        "User-Agent": "Platen-Webhooks",
        "X-Pictify-Event": row["event_type"],
        "X-Pictify-Delivery-Id": row["id"],
        **signed,
    }


def _attempt(row: dict[str, Any], outcome: Try) -> dict[str, Any]:
    return {
        "id": new_id("try"),
        "delivery_id": row["id"],
        "number": row["attempt"] + 1,
        "at_us": outcome.at_us,
        "status": outcome.status,
        "error": outcome.error,
        "answer": outcome.answer,
        "duration_ms": outcome.duration_ms,
        "target_url": row["target_url"],
        "headers": dict(outcome.headers),
        "answer_headers": dict(outcome.answer_headers),
    }


def _counts(outcome: Try) -> dict[str, Any]:
    values: dict[str, Any] = {
        "last_delivery_us": outcome.at_us,
        "last_delivery_status": outcome.status,
    }
    if outcome.delivered:
        return {**values, "delivery_count": subscriptions.c.delivery_count + 1}
    values["failure_count"] = subscriptions.c.failure_count + 1
    if outcome.status == GONE:
        lasting = or_(subscriptions.c.status != "ended", subscriptions.c.reason == BATCH_ENDED)
        values["status"] = "ended"
        values["reason"] = case(
            (lasting, "its target answered 410 Gone"), else_=subscriptions.c.reason
        )
    return values


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
