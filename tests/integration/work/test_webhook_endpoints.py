"""Endpoints that fail: they rest, they end, and they delay nobody."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import func, insert, select, update

from core.clock import SECOND, now_us
from core.ids import new_id
from core.models import events
from jobs.webhooks.logged import BODY_KEPT, HEADERS_KEPT, HIDDEN, VALUE_KEPT
from jobs.webhooks.models import deliveries, endpoints
from jobs.webhooks.schedule import LONGEST_RETRY_AFTER
from jobs.webhooks.subscription import NewSubscription
from jobs.webhooks.subscriptions import insert_for_batch
from tests.integration.work.conftest import OpenShop
from tests.support.receiver import Receiver, delivered, happen, outbox_empty, subscribe
from tests.support.site import Asked, Site, answer
from tests.support.tls import self_signed_context
from tests.support.work import Workshop, eventually

pytestmark = pytest.mark.timeout(60)

HOUR = 3600 * SECOND


@pytest.fixture
async def shop(open_shop: OpenShop, receiver: Receiver) -> AsyncIterator[Workshop]:
    breaking = {"webhook_breaker": 3, "webhook_rest": 0.5}
    async with open_shop(allow=(receiver.site.place,), webhooks=breaking) as opened:
        yield opened


async def _count(shop: Workshop, *conditions: Any) -> int:
    async with shop.db.read() as conn:
        query = select(func.count()).select_from(deliveries).where(*conditions)
        return (await conn.execute(query)).scalar_one()


async def _next(shop: Workshop) -> int:
    async with shop.db.read() as conn:
        return (await conn.execute(select(func.min(deliveries.c.next_us)))).scalar_one()


@pytest.mark.parametrize(("asked_for", "kept"), [(3600, 3600), (10**9, LONGEST_RETRY_AFTER)])
async def test_H06_an_endpoint_that_asks_for_an_hour_gets_it_and_at_most_a_day(
    shop: Workshop, receiver: Receiver, asked_for: int, kept: int
) -> None:
    receiver.answers = [answer("", "429 Too Many Requests", Retry_After=str(asked_for))]
    uid, _ = await subscribe(shop, receiver, "template.published")
    await shop.hire()
    began = now_us()
    await happen(shop)
    await eventually(lambda: _counted_failures(shop, uid, 1))
    assert kept * SECOND <= await _next(shop) - began <= (kept + 30) * SECOND
    # The endpoint spoke for itself, not for one event: the next one waits too.
    await happen(shop)
    await eventually(lambda: outbox_empty(shop))
    async with shop.db.read() as conn:
        rest = (await conn.execute(select(endpoints.c.rest_until_us))).scalar_one()
    assert kept * SECOND <= rest - began <= (kept + 30) * SECOND
    assert len(receiver.asked) == 1


async def test_a_failing_endpoint_rests_and_one_probe_opens_it_again(
    shop: Workshop, receiver: Receiver
) -> None:
    receiver.answers = [answer("", "500 No")] * 4
    uid, _ = await subscribe(shop, receiver, "template.published")
    for _ in range(20):
        await happen(shop)
    await shop.hire()
    await eventually(lambda: delivered(shop, uid, 20), seconds=20)
    found = await shop.subscriptions.get(shop.workspace, uid)
    assert found.failure_count == 4  # three or four, and a probe: not one for each event
    assert len(receiver.asked) == 24
    async with shop.db.read() as conn:
        assert (await conn.execute(select(func.count()).select_from(endpoints))).scalar_one() == 0


async def test_H01_many_dead_endpoints_leave_room_for_the_sound(
    open_shop: OpenShop, receiver: Receiver
) -> None:
    async def hang(_asked: Asked, _reader: object, _writer: object) -> bytes:
        await asyncio.sleep(30)
        return answer()

    few = {"webhook_parallel": 6, "webhook_timeout": 0.5, "webhook_breaker": 2}
    async with (
        Site(hang) as dead,
        open_shop(allow=(receiver.site.place, dead.place), webhooks=few) as shop,
    ):
        for number in range(8):
            new = NewSubscription(("render.failed",), dead.url(f"/{number}"))
            await shop.subscriptions.create(shop.workspace, new)
        uid, _ = await subscribe(shop, receiver, "template.published")
        await shop.hire()
        for _ in range(5):
            await happen(shop, "render.failed")
        await eventually(lambda: dead.connections >= 8, seconds=20)
        for _ in range(20):
            await happen(shop)
        await eventually(lambda: delivered(shop, uid, 20), seconds=5)


async def test_batches_that_name_the_same_dead_address_share_its_places(
    open_shop: OpenShop, receiver: Receiver
) -> None:
    most, now = 0, 0

    async def slow(_asked: Asked, _reader: object, _writer: object) -> bytes:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.05)
        now -= 1
        return answer()

    async with Site(slow) as busy, open_shop(allow=(busy.place,)) as shop:
        async with shop.db.write() as conn:
            for number in range(12):
                batch, url = f"bat_{number}", busy.url(f"/hook?batch={number}")
                await insert_for_batch(conn, shop.workspace, batch, url)
        for number in range(12):
            await happen(shop, "batch.completed", batchId=f"bat_{number}")
        await shop.hire()
        await eventually(lambda: len(busy.asked) == 12)
        assert most <= 2
        assert len({asked.headers["x-pictify-delivery-id"] for asked in busy.asked}) == 12


async def test_after_days_of_failure_subscriptions_end_and_their_owner_hears_of_it(
    open_shop: OpenShop, receiver: Receiver
) -> None:
    days = {"webhook_disable_days": 5, "webhook_breaker": 2, "webhook_rest": 0.05}
    async with (
        Site(_fail) as dead,
        open_shop(allow=(receiver.site.place, dead.place), webhooks=days) as shop,
    ):
        await subscribe(shop, receiver, "webhook.disabled")
        new = NewSubscription(("template.published",), dead.url())
        made, _ = await shop.subscriptions.create(shop.workspace, new)
        for _ in range(30):
            await happen(shop)
        await shop.hire()
        await eventually(lambda: _counted_failures(shop, made.id, 2))
        async with shop.db.write() as conn:  # five days go by
            long_ago = now_us() - 5 * 24 * HOUR
            await conn.execute(update(endpoints).values(failing_since_us=long_ago))
        await eventually(lambda: receiver.asked)
        (told,) = receiver.events()
        assert told["type"] == "webhook.disabled"
        assert told["data"]["subscriptionId"] == made.id
        assert told["data"]["targetUrl"] == dead.url()
        assert told["data"]["lastError"] == "answered 500"
        ended = await shop.subscriptions.get(shop.workspace, made.id)
        assert ended.status == "ended"
        assert (ended.reason or "").startswith("its target failed for 5 days")
        theirs = deliveries.c.subscription_id == made.id
        await eventually(lambda: _none_left(shop, theirs))
        assert await _count(shop, theirs, deliveries.c.state == "exhausted") == 30
        revived = await shop.subscriptions.update(shop.workspace, made.id, status="active")
        assert (revived.status, revived.reason) == ("active", None)
        async with shop.db.read() as conn:
            assert (await conn.execute(select(endpoints.c.id))).first() is None


async def test_what_waits_follows_the_subscription_to_another_address(
    shop: Workshop, receiver: Receiver
) -> None:
    receiver.answers = [answer("", "429 Later", Retry_After="3600")]
    uid, _ = await subscribe(shop, receiver, "template.published")
    await shop.hire()
    await happen(shop)
    await eventually(lambda: _counted_failures(shop, uid, 1))
    await happen(shop)
    await eventually(lambda: outbox_empty(shop))
    await shop.subscriptions.update(shop.workspace, uid, target_url=receiver.url("/new"))
    await eventually(lambda: "/new" in receiver.site.paths)


async def test_an_endpoint_that_is_gone_gets_nothing_of_what_waited(
    shop: Workshop, receiver: Receiver
) -> None:
    receiver.answers = [answer("", "410 Gone")] * 20
    uid, _ = await subscribe(shop, receiver, "template.published")
    for _ in range(15):
        await happen(shop)
    await shop.hire()
    await eventually(lambda: outbox_empty(shop))
    await eventually(lambda: _none_left(shop, deliveries.c.subscription_id == uid))
    assert len(receiver.asked) <= 4
    assert await _count(shop, deliveries.c.state == "exhausted") == 15


async def test_H08_a_certificate_that_nobody_signed_stands_in_the_log_as_the_reason(
    open_shop: OpenShop, tmp_path: Path
) -> None:
    context = self_signed_context(tmp_path)
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0, ssl=context)
    place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with open_shop(allow=(place,)) as shop:
        new = NewSubscription(("render.failed",), f"https://{place}/")
        made, _ = await shop.subscriptions.create(shop.workspace, new)
        sent = await shop.subscriptions.test(shop.workspace, made.id)
    assert sent.state == "waiting"
    assert sent.attempts[0].status is None
    assert "certificate that is not valid" in (sent.attempts[0].error or "")
    server.close()


async def test_the_log_keeps_request_and_answer_cut_and_without_secrets(
    shop: Workshop, receiver: Receiver
) -> None:
    many = {f"X_Filler_{number}": "x" * 500 for number in range(50)}
    receiver.answers = [answer("y" * 5000, Set_Cookie="session=abc", X_Auth_Token="abc", **many)]
    uid, secret = await subscribe(shop, receiver, "render.failed")
    (attempt,) = (await shop.subscriptions.test(shop.workspace, uid)).attempts
    assert attempt.target_url == receiver.url()
    assert attempt.headers is not None
    assert attempt.headers["webhook-signature"] == HIDDEN
    assert attempt.headers["X-Pictify-Signature"] == HIDDEN
    assert attempt.headers["X-Pictify-Event"] == "webhook.test"
    assert attempt.answer_headers is not None
    assert attempt.answer_headers["set-cookie"] == attempt.answer_headers["x-auth-token"] == HIDDEN
    assert len(attempt.answer_headers) == HEADERS_KEPT
    assert max(map(len, attempt.answer_headers.values())) == VALUE_KEPT
    assert len(attempt.answer or "") == BODY_KEPT
    assert secret not in str(attempt)


@pytest.mark.parametrize(
    "crowd", [4_000, pytest.param(100_000, marks=(pytest.mark.full, pytest.mark.timeout(900)))]
)
async def test_H11_a_crowd_of_events_for_a_dead_endpoint_costs_little_and_hides_nobody(
    open_shop: OpenShop, receiver: Receiver, crowd: int
) -> None:
    resting = {"webhook_breaker": 3, "webhook_rest": 60}
    async with (
        Site(_fail) as dead,
        open_shop(allow=(receiver.site.place, dead.place), webhooks=resting) as shop,
    ):
        new = NewSubscription(("render.failed",), dead.url())
        made, _ = await shop.subscriptions.create(shop.workspace, new)
        uid, _ = await subscribe(shop, receiver, "template.published")
        await _crowd(shop, crowd)
        before = psutil.Process().memory_info().rss
        await shop.hire()
        await eventually(lambda: outbox_empty(shop), seconds=600)
        await eventually(lambda: _counted_failures(shop, made.id, 3))
        for _ in range(10):
            await happen(shop)
        await eventually(lambda: delivered(shop, uid, 10), seconds=10)
        assert psutil.Process().memory_info().rss - before < 80 << 20
        assert await _count(shop, deliveries.c.state == "waiting") == crowd
        assert len(dead.asked) <= 4
        async with shop.db.write() as conn:  # five days go by
            past = {"failing_since_us": now_us() - 6 * 24 * HOUR, "rest_until_us": 0}
            await conn.execute(update(endpoints).values(past))
        await eventually(lambda: _none_left(shop), seconds=120)
        assert (await shop.subscriptions.get(shop.workspace, made.id)).status == "ended"
        assert len(dead.asked) <= 5


async def _fail(_asked: Asked, _reader: object, _writer: object) -> bytes:
    return answer("broken", "500 No")


async def _crowd(shop: Workshop, count: int) -> None:
    now = now_us()
    rows = [
        {
            "id": new_id("evt"),
            "workspace_id": shop.workspace,
            "type": "render.failed",
            "version": 1,
            "payload": {"n": number, "error": "x" * 200},
            "subject": {},
            "created_us": now,
        }
        for number in range(count)
    ]
    async with shop.db.write() as conn:
        await conn.execute(insert(events), rows)


async def _counted_failures(shop: Workshop, uid: str, count: int) -> bool:
    return (await shop.subscriptions.get(shop.workspace, uid)).failure_count >= count


async def _none_left(shop: Workshop, *conditions: Any) -> bool:
    unfinished = deliveries.c.state.in_(("waiting", "sending"))
    return not await _count(shop, unfinished, *conditions)
