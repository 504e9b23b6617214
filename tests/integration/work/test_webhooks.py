"""Deliveries to a real receiver on loopback, opened by name as PLATEN_EGRESS_ALLOW does."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select, update
from standardwebhooks import Webhook

from core.clock import now_us, to_iso
from core.errors import NotFoundError, ValidationError
from core.models import events
from egress.errors import BlockedAddressError
from egress.policy import Policy
from egress.resolve import Resolver
from jobs.batch.command import InlineSource, NewBatch
from jobs.batch.work.item import Failed
from jobs.batch.work.settle import Verdict, settle
from jobs.webhooks.fan_out import fan_out
from jobs.webhooks.models import deliveries
from jobs.webhooks.subscription import NewSubscription
from renderer.compose.errors import TemplateSyntaxError
from tests.integration.work.conftest import OpenShop
from tests.support.receiver import (
    Receiver,
    delivered,
    delivery_is,
    happen,
    outbox_empty,
    subscribe,
    verify,
)
from tests.support.site import Asked, Site, answer
from tests.support.work import Workshop, eventually

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def shop(open_shop: OpenShop, receiver: Receiver) -> AsyncIterator[Workshop]:
    async with open_shop(allow=(receiver.site.place,)) as opened:
        yield opened


async def test_a_batch_tells_its_own_webhook_of_its_end_once(
    shop: Workshop, receiver: Receiver
) -> None:
    await shop.hire()
    new = NewBatch(
        shop.template,
        InlineSource([{"title": str(n)} for n in range(5)]),
        webhook_url=receiver.url("/batch"),
        labels={"campaign": "spring", "order": 10**30},
    )
    accepted = await shop.batches.create(shop.workspace, new)
    assert accepted.webhook_secret is not None
    await shop.ended(accepted.batch.id)
    await eventually(lambda: receiver.asked)
    assert accepted.webhook_id is not None
    found = await shop.subscriptions.get(shop.workspace, accepted.webhook_id)
    assert found.status == "ended"
    await eventually(lambda: delivered(shop, accepted.webhook_id or "", 1))
    (asked,) = receiver.asked
    verify(asked, accepted.webhook_secret)
    (event,) = receiver.events()
    assert (asked.method, asked.path) == ("POST", "/batch")
    assert asked.headers["x-pictify-event"] == event["type"] == event["event"] == "batch.completed"
    told = event["data"]
    assert (told["batchId"], told["status"], told["completedCount"], told["sequence"]) == (
        accepted.batch.id,
        "completed",
        5,
        1,
    )
    assert told["metadata"] == {"campaign": "spring", "order": 10**30}
    listed, total = await shop.subscriptions.list(shop.workspace)
    assert (listed, total) == ([], 0)


async def test_a_batch_tells_its_own_webhook_of_the_end_of_each_run(
    shop: Workshop, receiver: Receiver
) -> None:
    shop.drawing.errors["bug"] = TemplateSyntaxError("line 1: unexpected end")
    await shop.hire()
    batch_id, uid = await _own_webhook(shop, receiver, [{"title": "x"}, {"fails": "bug"}])
    await shop.ended(batch_id)
    await eventually(lambda: delivered(shop, uid, 1))
    del shop.drawing.errors["bug"]
    await shop.batches.retry(shop.workspace, batch_id)
    await eventually(lambda: delivered(shop, uid, 2))
    await shop.batches.mend(shop.workspace, batch_id, 0, {"title": "y"})
    await eventually(lambda: delivered(shop, uid, 3))
    told = [(event["data"]["run"], event["data"]["status"]) for event in receiver.events()]
    assert told == [(1, "partial"), (2, "completed"), (3, "completed")]
    await eventually(lambda: _is_ended(shop, uid, "its batch ended"))


@pytest.mark.parametrize("relayed_between", [False, True])
async def test_an_end_that_is_relayed_late_silences_no_later_run(
    shop: Workshop, receiver: Receiver, relayed_between: bool
) -> None:
    batch_id, uid = await _own_webhook(shop, receiver, [{"title": "x"}])
    await _settle_all(shop, Failed("bug", "a bug"))
    await shop.batches.retry(shop.workspace, batch_id)
    if relayed_between:
        assert await fan_out(shop.db) == 1
        assert (await shop.subscriptions.get(shop.workspace, uid)).status == "active"
    await _settle_all(shop, Failed("bug", "a bug"))
    await fan_out(shop.db)
    found, total = await shop.subscriptions.deliveries(shop.workspace, uid)
    assert (total, {one.event_type for one in found}) == (2, {"batch.failed"})
    assert await _is_ended(shop, uid, "its batch ended")


async def test_a_webhook_that_has_gone_hears_of_no_other_run(
    shop: Workshop, receiver: Receiver
) -> None:
    receiver.answers = [answer("", "410 Gone")]
    await shop.hire()
    batch_id, uid = await _own_webhook(shop, receiver, [{"title": "x"}])
    await shop.ended(batch_id)
    await eventually(lambda: _is_ended(shop, uid, "its target answered 410 Gone"))
    await shop.batches.mend(shop.workspace, batch_id, 0, {"title": "y"})
    await shop.ended(batch_id)
    await eventually(lambda: outbox_empty(shop))
    assert len(receiver.asked) == 1


async def _own_webhook(
    shop: Workshop, receiver: Receiver, rows: list[dict[str, str]]
) -> tuple[str, str]:
    """The id of a new batch, and that of its own subscription."""
    new = NewBatch(shop.template, InlineSource(rows), webhook_url=receiver.url("/batch"))
    accepted = await shop.batches.create(shop.workspace, new)
    assert accepted.webhook_id is not None
    return accepted.batch.id, accepted.webhook_id


async def _is_ended(shop: Workshop, uid: str, reason: str) -> bool:
    found = await shop.subscriptions.get(shop.workspace, uid)
    return (found.status, found.reason) == ("ended", reason)


async def _settle_all(shop: Workshop, outcome: Failed) -> None:
    taken = await shop.claims().take(10)
    async with shop.db.write() as conn:
        assert (await settle(conn, [Verdict(item, outcome) for item in taken])).ended


async def test_a_cancelled_batch_tells_of_it_once(shop: Workshop, receiver: Receiver) -> None:
    _, secret = await subscribe(shop, receiver, "batch.cancelled", "batch.completed")
    await shop.hire()
    batch = await shop.submit([{"title": "x", "wait": True}] * 10)
    await eventually(lambda: shop.drawing.started)
    await shop.batches.cancel(shop.workspace, batch.id)
    await shop.batches.cancel(shop.workspace, batch.id)
    await eventually(lambda: receiver.asked)
    verify(receiver.asked[0], secret)
    (event,) = receiver.events()
    told = event["data"]
    assert (event["type"], told["cancelledCount"], told["totalCount"]) == (
        "batch.cancelled",
        10,
        10,
    )


async def test_progress_and_items_are_told_in_order(shop: Workshop, receiver: Receiver) -> None:
    await subscribe(
        shop, receiver, "batch.progress", "batch.completed", "render.completed", filters={}
    )
    await shop.hire()
    batch = await shop.submit([{"title": str(n)} for n in range(10)])
    await shop.ended(batch.id)
    await eventually(lambda: any(e["type"] == "batch.completed" for e in receiver.events()))
    await eventually(lambda: outbox_empty(shop))
    await eventually(lambda: sum("render" in e["type"] for e in receiver.events()) == 10)
    told = [e["data"] for e in receiver.events() if e["type"].startswith("batch.")]
    assert len(told) >= 2
    assert sorted(one["sequence"] for one in told) == list(range(1, len(told) + 1))
    ordered = sorted(told, key=lambda one: one["sequence"])
    assert [one["completedCount"] for one in ordered] == sorted(
        one["completedCount"] for one in told
    )
    assert ordered[-1]["status"] == "completed"


async def test_nobody_listens_so_nothing_is_written(shop: Workshop) -> None:
    await shop.hire()
    await shop.ended((await shop.submit([{"title": "x"}])).id)
    async with shop.db.read() as conn:
        assert (await conn.execute(select(func.count()).select_from(events))).scalar_one() == 0


async def test_H02_a_failing_endpoint_is_tried_again_with_the_same_id(
    shop: Workshop, receiver: Receiver
) -> None:
    receiver.answers = [answer("no", "500 Internal Server Error")] * 3
    uid, secret = await subscribe(shop, receiver, "template.published")
    await shop.hire()
    event_id = await happen(shop)
    await eventually(lambda: len(receiver.asked) == 4)
    await eventually(lambda: delivered(shop, uid, 1))
    assert {asked.headers["webhook-id"] for asked in receiver.asked} == {event_id}
    assert len({asked.body for asked in receiver.asked}) == 1
    for asked in receiver.asked:
        verify(asked, secret)
    found = await shop.subscriptions.get(shop.workspace, uid)
    assert (found.delivery_count, found.failure_count, found.last_status) == (1, 3, 200)
    (delivery,), _ = await shop.subscriptions.deliveries(shop.workspace, uid)
    assert [one.status for one in delivery.attempts] == [500, 500, 500, 200]
    assert [one.number for one in delivery.attempts] == [1, 2, 3, 4]
    assert delivery.attempts[0].answer == "no"


async def test_each_try_is_signed_at_its_own_time(shop: Workshop, receiver: Receiver) -> None:
    receiver.answers = [answer("", "503 Busy", Retry_After="2")]
    await subscribe(shop, receiver, "template.published")
    await shop.hire()
    await happen(shop)
    await eventually(lambda: len(receiver.asked) == 2)
    first, second = (int(asked.headers["webhook-timestamp"]) for asked in receiver.asked)
    assert second - first >= 2  # Retry-After is heeded, and the timestamp is new


async def test_P4_a_delivery_that_never_succeeds_is_listed_as_exhausted(
    shop: Workshop, receiver: Receiver
) -> None:
    receiver.answers = [answer("", "500 No")] * 4
    uid, _ = await subscribe(shop, receiver, "template.published")
    await shop.hire()
    await happen(shop)
    await eventually(lambda: delivery_is(shop, uid, "exhausted"))
    assert len(receiver.asked) == 4
    (delivery,), _ = await shop.subscriptions.deliveries(shop.workspace, uid)
    await shop.subscriptions.replay(shop.workspace, uid, delivery.id)
    await eventually(lambda: delivery_is(shop, uid, "delivered"))
    assert len({asked.headers["webhook-id"] for asked in receiver.asked}) == 1


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary"])
async def test_H03_a_redirect_is_a_failure_and_is_not_followed(
    open_shop: OpenShop, receiver: Receiver, status: str
) -> None:
    async with Site() as canary, open_shop(allow=(receiver.site.place,)) as shop:
        receiver.answers = [answer("", status, Location=canary.url("/meta-data"))]
        uid, _ = await subscribe(shop, receiver, "template.published")
        await shop.hire()
        await happen(shop)
        await eventually(lambda: delivered(shop, uid, 1))
        assert canary.connections == 0
        found = await shop.subscriptions.get(shop.workspace, uid)
        assert found.failure_count == 1


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:9/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://localhost/",
        "http://2130706433/",
        "http://user:secret@93.184.216.34/",
        "http://93.184.216.34:22/",
        "ftp://93.184.216.34/",
        "file:///etc/passwd",
        "not a url",
    ],
)
async def test_H04_private_targets_are_refused_at_save(
    shop: Workshop, receiver: Receiver, target: str
) -> None:
    with pytest.raises(BlockedAddressError):
        await shop.subscriptions.create(shop.workspace, NewSubscription(("render.failed",), target))
    uid, _ = await subscribe(shop, receiver, "render.failed")
    with pytest.raises(BlockedAddressError):
        await shop.subscriptions.update(shop.workspace, uid, target_url=target)
    assert (await shop.subscriptions.list(shop.workspace))[1] == 1


async def test_H04_a_name_that_turns_private_is_refused_at_dial(
    open_shop: OpenShop, receiver: Receiver
) -> None:
    answers = ["93.184.216.34"]

    async def rebinding(host: str) -> list[str]:
        return [answers.pop() if answers else "127.0.0.1"]

    policy = Policy((), Resolver(rebinding, keep=0))
    async with open_shop(policy=policy) as shop:
        # The port is a common one: only the address is what is refused later.
        made, _ = await shop.subscriptions.create(
            shop.workspace,
            NewSubscription(("render.failed",), f"http://rebind.test:{receiver.site.port}/"),
        )
        sent = await shop.subscriptions.test(shop.workspace, made.id)
        assert sent.state == "waiting"
        assert sent.attempts[0].status is None
        assert "127.0.0.1" not in (sent.attempts[0].error or "")
    assert receiver.asked == []


async def test_an_endpoint_that_is_gone_ends_the_subscription(
    shop: Workshop, receiver: Receiver
) -> None:
    receiver.answers = [answer("", "410 Gone")]
    uid, _ = await subscribe(shop, receiver, "template.published")
    await shop.hire()
    await happen(shop)
    await eventually(lambda: delivery_is(shop, uid, "exhausted"))
    found = await shop.subscriptions.get(shop.workspace, uid)
    assert (found.status, found.reason) == ("ended", "its target answered 410 Gone")
    await happen(shop)
    revived = await shop.subscriptions.update(shop.workspace, uid, status="active")
    assert revived.status == "active"
    assert len(receiver.asked) == 1


async def test_H01_an_endpoint_that_hangs_delays_nobody(
    open_shop: OpenShop, receiver: Receiver
) -> None:
    async def hang(_asked: Asked, _reader: object, _writer: object) -> bytes:
        await asyncio.sleep(30)
        return answer()

    async with (
        Site(hang) as dead,
        open_shop(allow=(receiver.site.place, dead.place)) as shop,
    ):
        slow = NewSubscription(("template.published",), dead.url())
        await shop.subscriptions.create(shop.workspace, slow)
        await subscribe(shop, receiver, "template.published")
        await shop.hire()
        for _ in range(20):
            await happen(shop)
        await eventually(lambda: len(receiver.asked) == 20, seconds=10)
        assert dead.connections <= 2 * 4  # at most two at a time; each ends after two seconds


async def test_filters_let_through_their_own_alone(shop: Workshop, receiver: Receiver) -> None:
    await subscribe(shop, receiver, "template.published", filters={"templateId": "tpl_a"})
    await shop.hire()
    await happen(shop, templateId="tpl_b")
    await happen(shop, templateId="tpl_a", batchId="bat_x")
    await happen(shop)
    await eventually(lambda: receiver.asked)
    await eventually(lambda: outbox_empty(shop))
    assert len(receiver.asked) == 1


async def test_paused_subscriptions_get_nothing(shop: Workshop, receiver: Receiver) -> None:
    uid, _ = await subscribe(shop, receiver, "template.published")
    await shop.subscriptions.update(shop.workspace, uid, status="paused")
    await shop.hire()
    await happen(shop)
    await eventually(lambda: outbox_empty(shop))
    assert receiver.asked == []


async def test_after_a_rotation_both_secrets_verify(shop: Workshop, receiver: Receiver) -> None:
    uid, old = await subscribe(shop, receiver, "template.published")
    _, new = await shop.subscriptions.rotate_secret(shop.workspace, uid)
    assert new != old
    await shop.subscriptions.test(shop.workspace, uid)
    (asked,) = receiver.asked
    Webhook(old).verify(asked.body, asked.headers)
    Webhook(new).verify(asked.body, asked.headers)
    assert asked.headers["x-pictify-signature"].count("v1=") == 2


async def test_a_test_event_says_what_came_back(shop: Workshop, receiver: Receiver) -> None:
    receiver.answers = [answer("teapot", "418 Teapot")]
    uid, secret = await subscribe(shop, receiver, "render.failed")
    failed = await shop.subscriptions.test(shop.workspace, uid)
    assert (failed.state, failed.attempts[0].status, failed.attempts[0].answer) == (
        "waiting",
        418,
        "teapot",
    )
    sent = await shop.subscriptions.test(shop.workspace, uid)
    assert (sent.state, sent.event_type) == ("delivered", "webhook.test")
    verify(receiver.asked[1], secret)


async def test_H09_a_relay_that_dies_after_sending_is_repeated_with_the_same_id(
    shop: Workshop, receiver: Receiver
) -> None:
    await subscribe(shop, receiver, "template.published")
    event_id = await happen(shop)
    await fan_out(shop.db)
    held = {"state": "sending", "lease_token": "gone", "lease_until_us": now_us() - 1}
    async with shop.db.write() as conn:
        await conn.execute(update(deliveries).values(held))
    await shop.hire()
    await eventually(lambda: receiver.asked)
    assert receiver.asked[0].headers["webhook-id"] == event_id


async def test_H07_a_long_answer_is_cut(shop: Workshop, receiver: Receiver) -> None:
    receiver.answers = [answer("x" * 3_000_000)]
    uid, _ = await subscribe(shop, receiver, "render.failed")
    sent = await shop.subscriptions.test(shop.workspace, uid)
    assert sent.state == "delivered"
    assert len(sent.attempts[0].answer or "") == 2000


async def test_unknown_events_and_filters_are_refused_by_name(
    shop: Workshop, receiver: Receiver
) -> None:
    for wanted, filters, field in (
        (("batch.exploded",), {}, "events"),
        ((), {}, "events"),
        (("render.failed",), {"colour": "red"}, "filters.colour"),
    ):
        new = NewSubscription(wanted, receiver.url(), filters=filters)
        with pytest.raises(ValidationError) as refused:
            await shop.subscriptions.create(shop.workspace, new)
        assert refused.value.fields[0].field == field


async def test_another_workspace_finds_no_subscription(shop: Workshop, receiver: Receiver) -> None:
    uid, _ = await subscribe(shop, receiver, "render.failed")
    theirs = shop.other_workspace
    for call in (
        shop.subscriptions.get,
        shop.subscriptions.delete,
        shop.subscriptions.test,
        shop.subscriptions.rotate_secret,
        shop.subscriptions.deliveries,
    ):
        with pytest.raises(NotFoundError):
            await call(theirs, uid)
    await shop.subscriptions.delete(shop.workspace, uid)
    with pytest.raises(NotFoundError):
        await shop.subscriptions.get(shop.workspace, uid)


async def test_the_payload_has_the_contracts_members(shop: Workshop, receiver: Receiver) -> None:
    await subscribe(shop, receiver, "template.published")
    await shop.hire()
    await happen(shop)
    await eventually(lambda: receiver.asked)
    (event,) = receiver.events()
    assert set(event) == {"type", "event", "timestamp", "data"}
    assert event["timestamp"][:16] <= to_iso(now_us())[:16]
    assert receiver.asked[0].headers["content-type"] == "application/json"
    assert receiver.asked[0].headers["x-pictify-delivery-id"].startswith("dlv_")
