from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["FILTERS", "NewSubscription", "Status", "Subscription"]

Status = Literal["active", "paused", "ended"]
FILTERS = ("templateId", "bindingId", "batchId")
"""What a subscription may be narrowed by: the names of an event's subject."""


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """What somebody asks to be told, and where."""

    events: tuple[str, ...]
    target_url: str
    platform: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Subscription:
    """A stored subscription, without its secret. Moments are microseconds UTC.

    `delivery_count`: events handed over; `failure_count`: tries that failed. `last_status` is the
    last answer's status, None when there was no answer.
    """

    id: str
    workspace_id: str
    events: tuple[str, ...]
    target_url: str
    platform: str | None
    filters: Mapping[str, str]
    status: Status
    reason: str | None
    delivery_count: int
    failure_count: int
    last_delivery_us: int | None
    last_status: int | None
    created_us: int
    updated_us: int
