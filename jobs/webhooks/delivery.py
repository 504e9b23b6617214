from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["Attempt", "Delivery", "DeliveryState"]

DeliveryState = Literal["waiting", "sending", "delivered", "exhausted"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. `status` None: no answer came, and `error` says why.

    `headers` are those that were sent, signatures hidden; `answer` is the first 2 kB of what came
    back, `answer_headers` the first of its headers. Tries of older releases know none of them.
    """

    number: int
    at_us: int
    status: int | None
    error: str | None
    answer: str | None
    duration_ms: int
    target_url: str | None = None
    headers: Mapping[str, str] | None = None
    answer_headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one subscription. `body` is the exact text that every try sends."""

    id: str
    subscription_id: str
    event_id: str
    event_type: str
    state: DeliveryState
    attempt: int
    next_us: int
    created_us: int
    finished_us: int | None
    body: str
    attempts: tuple[Attempt, ...] = ()
