from dataclasses import dataclass
from typing import Literal

__all__ = ["Attempt", "Delivery", "DeliveryState"]

DeliveryState = Literal["waiting", "sending", "delivered", "exhausted"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. `status` None: no answer came, and `error` says why. `answer`: its first 2 kB."""

    number: int
    at_us: int
    status: int | None
    error: str | None
    answer: str | None
    duration_ms: int


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
