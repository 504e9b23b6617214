"""The states of batches and items, and which of them are ends."""

from typing import Literal

__all__ = ["ENDED", "OPEN", "BatchState", "ItemState", "end_of"]

BatchState = Literal["pending", "processing", "completed", "partial", "failed", "cancelled"]
ItemState = Literal["pending", "running", "completed", "failed", "cancelled"]

OPEN: tuple[BatchState, ...] = ("pending", "processing")
"""A batch whose counters may still move."""
ENDED: tuple[BatchState, ...] = ("completed", "partial", "failed", "cancelled")


def end_of(completed: int, failed: int) -> BatchState:
    """The end of a batch whose items have all ended and that nobody cancelled."""
    if not failed:
        return "completed"
    return "partial" if completed else "failed"
