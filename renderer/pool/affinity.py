"""Which browser keeps a page of whose workspace: a new page costs as much as three cards."""

from collections.abc import Sequence
from enum import IntEnum

from renderer.pool.need import Need
from renderer.pool.seat import Seat

__all__ = ["PATIENCE_S", "Fit", "fit"]

PATIENCE_S = 0.25
"""About as long as a page takes to open: nobody waits longer for one that is kept elsewhere."""


class Fit(IntEnum):
    """How well a render would do if it began now; the more the better."""

    SOON = 0
    """Its page is kept by a browser that has no free slot, and those that have one do work."""
    OPENS = 1
    """It has to open a page, now or later."""
    WARM = 2
    """A browser with a free slot keeps a page for it."""


def fit(seats: Sequence[Seat], need: Need) -> Fit:
    """How well a render would do with the slots that are free now."""
    keeping = [seat for seat in seats if seat.alive and seat.has_page(need.workspace)]
    if any(seat.free for seat in keeping):
        return Fit.WARM
    if keeping and not any(seat.alive and seat.quiet for seat in seats):
        return Fit.SOON
    return Fit.OPENS
