"""A receiver of webhooks on loopback, and what tests ask of it."""

import hashlib
import hmac
import json
from typing import Any

from sqlalchemy import func, select
from standardwebhooks import Webhook

from core.models import events
from core.outbox import Event, append
from jobs.webhooks.subscription import NewSubscription
from tests.support.site import Asked, Site, answer
from tests.support.work import Workshop

__all__ = [
    "Receiver",
    "delivered",
    "delivery_is",
    "happen",
    "outbox_empty",
    "subscribe",
    "verify",
]


class Receiver:
    """Writes down what comes and answers as it is told to; then 200 for ever."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.site = Site(self._answer)

    async def _answer(self, asked: Asked, _reader: object, _writer: object) -> bytes:
        return self.answers.pop(0) if self.answers else answer("thanks")

    @property
    def asked(self) -> list[Asked]:
        return self.site.asked

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(asked.body) for asked in self.asked]

    def url(self, path: str = "/hook") -> str:
        return self.site.url(path)


def verify(asked: Asked, secret: str) -> None:
    """Both families of signatures, by other people's code and by hand."""
    Webhook(secret).verify(asked.body, asked.headers)
    pairs = dict(part.split("=", 1) for part in asked.headers["x-pictify-signature"].split(","))
    signed = f"{pairs['t']}.".encode() + asked.body
    wanted = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(pairs["v1"], wanted)


async def subscribe(
    shop: Workshop, receiver: Receiver, *types: str, **options: Any
) -> tuple[str, str]:
    new = NewSubscription(types, receiver.url(), **options)
    made, secret = await shop.subscriptions.create(shop.workspace, new)
    return made.id, secret


async def happen(shop: Workshop, kind: str = "template.published", **subject: str) -> str:
    async with shop.db.write() as conn:
        return await append(conn, Event(shop.workspace, kind, {"n": 1}, subject))


async def delivered(shop: Workshop, uid: str, count: int) -> bool:
    return (await shop.subscriptions.get(shop.workspace, uid)).delivery_count == count


async def delivery_is(shop: Workshop, uid: str, state: str) -> bool:
    found, _ = await shop.subscriptions.deliveries(shop.workspace, uid)
    return bool(found) and found[0].state == state


async def outbox_empty(shop: Workshop) -> bool:
    async with shop.db.read() as conn:
        query = select(func.count()).where(events.c.relayed_us.is_(None))
        return (await conn.execute(query)).scalar_one() == 0
