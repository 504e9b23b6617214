"""One try of one delivery: sign, post, write down what came back."""

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import SECOND, now_us
from core.database import Database, database_now
from core.errors import PlatenError
from core.ids import new_id
from egress.client import EgressClient
from jobs.webhooks.models import deliveries, delivery_attempts, subscriptions
from jobs.webhooks.schedule import next_try, retry_after_seconds
from jobs.webhooks.settings import WebhookSettings
from jobs.webhooks.signature import signature_headers

__all__ = ["LEASE", "Sender", "Try"]

LEASE = 60 * SECOND
"""Longer than any try: a lease that ran out means that its relay is gone."""
GONE = 410
ANSWER_KEPT = 2000


@dataclass(frozen=True, slots=True)
class Try:
    """What came of one try. `status` None: no answer; `error` says why."""

    at_us: int
    duration_ms: int
    status: int | None = None
    error: str | None = None
    answer: str | None = None
    retry_after: float | None = None

    @property
    def delivered(self) -> bool:
        """Only 2xx is success; a redirect is none."""
        return self.status is not None and 200 <= self.status < 300


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
        async with self._db.write() as conn:
            await self._record(conn, dict(row), token, outcome)
        return outcome

    async def _post(self, row: dict[str, Any]) -> Try:
        at, started = now_us(), time.monotonic()
        try:
            answer = await self._client.post(
                row["target_url"],
                row["body"].encode(),
                _headers(row, at),
                self._settings.webhook_timeout,
            )
        except PlatenError as error:
            return Try(at, _since(started), error=error.message)
        return Try(
            at,
            _since(started),
            status=answer.status,
            error=None if 200 <= answer.status < 300 else f"answered {answer.status}",
            answer=_text(answer.body),
            retry_after=retry_after_seconds(answer.headers.get("retry-after"), at),
        )

    async def _record(
        self, conn: AsyncConnection, row: dict[str, Any], token: str, outcome: Try
    ) -> None:
        """Write the attempt, the delivery's next state and the subscription's counts at once."""
        values = self._next_state(row["attempt"] + 1, outcome)
        mine = (deliveries.c.id == row["id"]) & (deliveries.c.lease_token == token)
        written = await conn.execute(update(deliveries).where(mine).values(values))
        if not written.rowcount:
            return  # the lease ran out and somebody else tries: their word counts
        await conn.execute(insert(delivery_attempts).values(_attempt(row, outcome)))
        await conn.execute(
            update(subscriptions)
            .where(subscriptions.c.id == row["subscription_id"])
            .values(_counts(outcome))
        )

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
        active = subscriptions.c.status != "ended"
        values["status"] = "ended"
        values["reason"] = case((active, "its target answered 410 Gone"), else_=None)
    return values


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _text(body: bytes) -> str:
    # NUL is no text for PostgreSQL.
    return (
        body[:ANSWER_KEPT].decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    )
