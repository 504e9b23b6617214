"""The states of batches and items, and which of them are ends."""

from typing import Literal

__all__ = ["ENDED", "OPEN", "BatchState", "ItemState", "end_of", "shown_state"]

BatchState = Literal["pending", "processing", "completed", "partial", "failed", "cancelled"]
ItemState = Literal["pending", "running", "completed", "failed", "cancelled"]

OPEN: tuple[BatchState, ...] = ("pending", "processing")
"""A batch whose counters may still move."""
ENDED: tuple[BatchState, ...] = ("completed", "partial", "failed", "cancelled")


def end_of(completed: int, failed: int, cancelled: int = 0) -> BatchState:
    """The end of a batch whose items have all ended and that nobody cancelled as a whole."""
    if completed:
        return "partial" if failed or cancelled else "completed"
    if failed:
        return "failed"
    return "cancelled" if cancelled else "completed"


def shown_state(finished_us: int | None, state: ItemState) -> ItemState:
    """Items follow their batch's end a moment later; whoever looks sees them there already."""
    unfinished = state in {"pending", "running"}
    return "cancelled" if unfinished and finished_us is not None else state
