"""How busy the browsers are."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Pressure"]


@dataclass(frozen=True, slots=True)
class Pressure:
    """How busy a pool is. `sandbox`: whether the browsers' own sandbox is on.

    `waiting_cost`: what waits, counted in small pictures.
    """

    running: int
    queued: int
    slots: int
    browsers: int
    sandbox: bool
    waiting_cost: float = 0.0

    @classmethod
    def of_all(cls, parts: "Sequence[Pressure]", waiting: int) -> "Pressure":
        """Several pools as one, and how many renders wait for a pool at all."""
        return cls(
            running=sum(part.running for part in parts),
            queued=waiting + sum(part.queued for part in parts),
            slots=sum(part.slots for part in parts),
            browsers=sum(part.browsers for part in parts),
            sandbox=all(part.sandbox for part in parts),
            waiting_cost=waiting + sum(part.waiting_cost for part in parts),
        )
