"""Webhook subscriptions: who is told of what, and what came of it."""

from collections.abc import Mapping

from api.models import Deleted
from api.routing import Call, Route
from api.webhook_models import (
    CreateSubscription,
    DeliveriesQuery,
    DeliveryAnswer,
    DeliveryEnvelope,
    DeliveryList,
    SubscriptionAnswer,
    SubscriptionEnvelope,
    SubscriptionList,
    SubscriptionsQuery,
    TestAnswer,
    UpdateSubscription,
)
from core.errors import NotFoundError
from egress.errors import BlockedAddressError, FetchFailedError
from jobs.webhooks.subscription import NewSubscription

__all__ = ["ROUTES"]


async def create(call: Call[CreateSubscription, None]) -> SubscriptionEnvelope:
    """Subscribe to events."""
    body = call.body
    new = NewSubscription(
        events=tuple(body.event + body.events),
        target_url=body.target_url,
        platform=body.platform,
        filters=_said(body.filters),
    )
    made, secret = await call.parts.subscriptions.create(
        call.workspace_id, new, call.principal.reach
    )
    return SubscriptionEnvelope(subscription=SubscriptionAnswer.of(made, secret))


async def list_all(call: Call[None, SubscriptionsQuery]) -> SubscriptionList:
    """A page of the workspace's subscriptions."""
    asked = call.query
    found = await call.parts.subscriptions.list(call.workspace_id, asked.window())
    rows, pagination = asked.turned(*found)
    return SubscriptionList(
        subscriptions=[SubscriptionAnswer.of(one) for one in rows], pagination=pagination
    )


async def get(call: Call[None, None]) -> SubscriptionEnvelope:
    """One subscription, without its secret."""
    found = await call.parts.subscriptions.get(call.workspace_id, call.path["uid"])
    return SubscriptionEnvelope(subscription=SubscriptionAnswer.of(found))


async def update(call: Call[UpdateSubscription, None]) -> SubscriptionEnvelope:
    """Change a subscription."""
    body = call.body
    events = [*(body.event or ()), *(body.events or ())]
    changed = await call.parts.subscriptions.update(
        call.workspace_id,
        call.path["uid"],
        target_url=body.target_url,
        filters=None if body.filters is None else _said(body.filters),
        status=body.status,
        events=events if body.event is not None or body.events is not None else None,
        reach=call.principal.reach,
    )
    return SubscriptionEnvelope(subscription=SubscriptionAnswer.of(changed))


async def delete(call: Call[None, None]) -> Deleted:
    """End a subscription and forget its deliveries."""
    await call.parts.subscriptions.delete(call.workspace_id, call.path["uid"])
    return Deleted(message=f"The webhook subscription '{call.path['uid']}' was deleted")


async def test(call: Call[None, None]) -> TestAnswer:
    """Send a test event now."""
    sent = await call.parts.subscriptions.test(call.workspace_id, call.path["uid"])
    delivered = sent.state == "delivered"
    why = next((one.error for one in sent.attempts if one.error), "it is being tried again")
    return TestAnswer(
        success=delivered,
        message="The test event was delivered" if delivered else f"It was not delivered: {why}",
        delivery=DeliveryAnswer.of(sent),
    )


async def rotate_secret(call: Call[None, None]) -> SubscriptionEnvelope:
    """Give a subscription a new secret."""
    found, secret = await call.parts.subscriptions.rotate_secret(
        call.workspace_id, call.path["uid"]
    )
    return SubscriptionEnvelope(subscription=SubscriptionAnswer.of(found, secret))


async def list_deliveries(call: Call[None, DeliveriesQuery]) -> DeliveryList:
    """A page of a subscription's deliveries with their tries."""
    asked = call.query
    found = await call.parts.subscriptions.deliveries(
        call.workspace_id, call.path["uid"], asked.window()
    )
    rows, pagination = asked.turned(*found)
    return DeliveryList(deliveries=[DeliveryAnswer.of(one) for one in rows], pagination=pagination)


async def replay(call: Call[None, None]) -> DeliveryEnvelope:
    """Send a delivery again."""
    again = await call.parts.subscriptions.replay(
        call.workspace_id, call.path["uid"], call.path["delivery_id"]
    )
    return DeliveryEnvelope(delivery=DeliveryAnswer.of(again))


def _said(filters: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in filters.items() if value}


_ONE = "/webhook-subscriptions/{uid}"

ROUTES = [
    Route(
        method="POST",
        path="/webhook-subscriptions",
        handler=create,
        summary="Subscribe to events",
        tag="webhooks",
        scope="webhooks",
        body=CreateSubscription,
        answer=SubscriptionEnvelope,
        status=201,
        errors=(BlockedAddressError, FetchFailedError),
    ),
    Route(
        method="GET",
        path="/webhook-subscriptions",
        handler=list_all,
        summary="List subscriptions",
        tag="webhooks",
        scope="webhooks",
        query=SubscriptionsQuery,
        answer=SubscriptionList,
    ),
    Route(
        method="GET",
        path=_ONE,
        handler=get,
        summary="One subscription",
        tag="webhooks",
        scope="webhooks",
        answer=SubscriptionEnvelope,
        errors=(NotFoundError,),
    ),
    Route(
        method="PUT",
        path=_ONE,
        handler=update,
        summary="Change a subscription",
        tag="webhooks",
        scope="webhooks",
        body=UpdateSubscription,
        answer=SubscriptionEnvelope,
        errors=(NotFoundError, BlockedAddressError, FetchFailedError),
    ),
    Route(
        method="DELETE",
        path=_ONE,
        handler=delete,
        summary="Delete a subscription",
        tag="webhooks",
        scope="webhooks",
        answer=Deleted,
        errors=(NotFoundError,),
    ),
    Route(
        method="POST",
        path=f"{_ONE}/test",
        handler=test,
        summary="Send a test event",
        tag="webhooks",
        scope="webhooks",
        answer=TestAnswer,
        errors=(NotFoundError,),
    ),
    Route(
        method="POST",
        path=f"{_ONE}/rotate-secret",
        handler=rotate_secret,
        summary="Give a subscription a new secret",
        tag="webhooks",
        scope="webhooks",
        answer=SubscriptionEnvelope,
        errors=(NotFoundError,),
    ),
    Route(
        method="GET",
        path=f"{_ONE}/deliveries",
        handler=list_deliveries,
        summary="List a subscription's deliveries",
        tag="webhooks",
        scope="webhooks",
        query=DeliveriesQuery,
        answer=DeliveryList,
        errors=(NotFoundError,),
    ),
    Route(
        method="POST",
        path=f"{_ONE}/deliveries/{{delivery_id}}/replay",
        handler=replay,
        summary="Send a delivery again",
        tag="webhooks",
        scope="webhooks",
        answer=DeliveryEnvelope,
        errors=(NotFoundError,),
    ),
]
