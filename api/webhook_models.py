"""Webhook subscriptions on the wire."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from api.lists import PageListing
from api.models import Answer, Body, Omitted, Pagination
from api.variable_models import PlainText
from core.clock import to_iso
from jobs.webhooks.delivery import Attempt, Delivery, DeliveryState
from jobs.webhooks.subscription import Status, Subscription

__all__ = [
    "CreateSubscription",
    "DeliveriesQuery",
    "DeliveryEnvelope",
    "DeliveryList",
    "SubscriptionEnvelope",
    "SubscriptionList",
    "SubscriptionsQuery",
    "TestAnswer",
    "UpdateSubscription",
]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


EventNames = Annotated[list[str], BeforeValidator(_listed), Field(max_length=20)]
Filters = dict[str, str | None]


class CreateSubscription(Body):
    """What to be told of, and where. `event` and `events` are the same; one is enough."""

    event: EventNames = Field(default_factory=list)
    events: EventNames = Field(default_factory=list)
    target_url: str = Field(max_length=2048, description="http or https; a public address.")
    platform: PlainText | None = Field(default=None, max_length=100)
    filters: Filters = Field(default_factory=dict, description="templateId, bindingId, batchId.")


class UpdateSubscription(Body):
    """Only what is there changes."""

    target_url: str | None = Field(default=None, max_length=2048)
    filters: Filters | None = None
    status: Literal["active", "paused"] | None = None
    event: EventNames | None = None
    events: EventNames | None = None


class LastDelivery(Answer):
    """The last try of any delivery."""

    at: str
    status: int | None = Field(description="Of the answer; null: there was none.")
    success: bool


class SubscriptionAnswer(Answer):
    """A subscription. `deliveryCount`: events handed over; `failureCount`: tries that failed."""

    uid: str
    id: str
    event: str = Field(description="The first of `events`.")
    events: list[str]
    target_url: str
    platform: str | None = Omitted
    status: Status
    reason: str | None = Field(
        default=None, description="Why it ended.", exclude_if=lambda value: value is None
    )
    filters: dict[str, str]
    delivery_count: int
    failure_count: int
    last_delivery: LastDelivery | None = Omitted
    last_delivery_at: str | None = Omitted
    created_at: str
    updated_at: str
    secret: str | None = Field(
        default=None, description="Shown this once.", exclude_if=lambda value: value is None
    )

    @classmethod
    def of(cls, found: Subscription, secret: str | None = None) -> "SubscriptionAnswer":
        """From the work's floor."""
        last = _last(found)
        return cls(
            uid=found.id,
            id=found.id,
            event=found.events[0],
            events=list(found.events),
            target_url=found.target_url,
            platform=found.platform,
            status=found.status,
            reason=found.reason,
            filters=dict(found.filters),
            delivery_count=found.delivery_count,
            failure_count=found.failure_count,
            last_delivery=last,
            last_delivery_at=last and last.at,
            created_at=to_iso(found.created_us),
            updated_at=to_iso(found.updated_us),
            secret=secret,
        )


class SubscriptionEnvelope(Answer):
    """One subscription."""

    subscription: SubscriptionAnswer


class SubscriptionList(Answer):
    """A page of subscriptions, newest first."""

    subscriptions: list[SubscriptionAnswer]
    pagination: Pagination


class AttemptRequest(Answer):
    """What was sent beside the delivery's `body`. Signatures are hidden."""

    url: str
    headers: dict[str, str]


class AttemptAnswer(Answer):
    """One try. Long values are cut, and those that may prove who somebody is are hidden."""

    number: int
    at: str
    status: int | None
    error: str | None = Omitted
    request: AttemptRequest | None = Omitted
    answer_headers: dict[str, str] | None = Omitted
    answer: str | None = Field(
        default=None,
        description="The beginning of the answer's body.",
        exclude_if=lambda value: value is None,
    )
    duration_ms: int

    @classmethod
    def of(cls, found: Attempt) -> "AttemptAnswer":
        """From the work's floor."""
        return cls(
            number=found.number,
            at=to_iso(found.at_us),
            status=found.status,
            error=found.error,
            request=_request(found),
            answer_headers=None if found.answer_headers is None else dict(found.answer_headers),
            answer=found.answer,
            duration_ms=found.duration_ms,
        )


class DeliveryAnswer(Answer):
    """One event for one subscription. `body` is the exact text that was signed and sent."""

    id: str
    event_id: str = Field(description="The `webhook-id` of every try.")
    event: str
    status: DeliveryState
    attempt_count: int
    next_attempt_at: str | None = Omitted
    created_at: str
    completed_at: str | None = Omitted
    body: str
    attempts: list[AttemptAnswer]

    @classmethod
    def of(cls, found: Delivery) -> "DeliveryAnswer":
        """From the work's floor."""
        waiting = found.state == "waiting"
        return cls(
            id=found.id,
            event_id=found.event_id,
            event=found.event_type,
            status=found.state,
            attempt_count=len(found.attempts),
            next_attempt_at=to_iso(found.next_us) if waiting else None,
            created_at=to_iso(found.created_us),
            completed_at=None if found.finished_us is None else to_iso(found.finished_us),
            body=found.body,
            attempts=[AttemptAnswer.of(one) for one in found.attempts],
        )


class DeliveryEnvelope(Answer):
    """One delivery."""

    delivery: DeliveryAnswer


class TestAnswer(DeliveryEnvelope):
    """What came of a test event."""

    success: bool
    message: str


class DeliveryList(Answer):
    """A page of deliveries, newest first."""

    deliveries: list[DeliveryAnswer]
    pagination: Pagination


def _last(found: Subscription) -> LastDelivery | None:
    if found.last_delivery_us is None:
        return None
    status = found.last_status
    success = status is not None and 200 <= status < 300
    return LastDelivery(at=to_iso(found.last_delivery_us), status=status, success=success)


def _request(found: Attempt) -> AttemptRequest | None:
    if found.target_url is None:
        return None
    return AttemptRequest(url=found.target_url, headers=dict(found.headers or {}))


class SubscriptionsQuery(PageListing):
    """A window of the subscriptions."""

    sorts: ClassVar = {"createdAt": "created_us", "updatedAt": "updated_us"}


class DeliveriesQuery(PageListing):
    """A window of a subscription's deliveries."""
