"""Figures and states as people say them."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["duration", "plural", "size", "state_key", "state_word", "when"]

_STATES: Mapping[str, str] = MappingProxyType(
    {
        "pending": "Waiting",
        "processing": "Rendering",
        "completed": "Done",
        "partial": "Done, some rows failed",
        "failed": "Failed",
        "cancelled": "Cancelled",
        "paused": "Paused",
        "proof": "Waiting for your yes",
        "accepting": "Reading rows",
    }
)
_KILO = 1000
_MINUTE, _HOUR = 60, 3600


def state_word(batch: Mapping[str, object]) -> str:
    """How a batch stands, from the members of its status."""
    return _STATES[state_key(batch)]


def state_key(batch: Mapping[str, object]) -> str:
    """The same in one word of ours: a pause and a proof are states to whoever looks."""
    status = str(batch["status"])
    if status not in {"pending", "processing"}:
        return status
    if batch["paused"]:
        return "paused"
    if batch["awaitingApproval"]:
        # While the proof itself is being drawn there is nothing to say yes to.
        return "proof"
    return "accepting" if batch["accepting"] else status


def duration(seconds: float) -> str:
    """About how long: `8 s`, `3 min`, `2 h 10 min`."""
    whole = max(1, round(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{round(whole / _MINUTE)} min"
    hours, rest = divmod(round(whole / _MINUTE), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def size(count: float) -> str:
    """Bytes in the unit that fits: `840 kB`, `2.1 MB`."""
    for unit in ("B", "kB", "MB"):
        if count < _KILO:
            return f"{count:.0f} {unit}" if unit != "MB" else f"{count:.1f} MB"
        count /= _KILO
    return f"{count:.1f} GB"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 row`, `1,200 rows`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def when(moment: str) -> str:
    """A moment of the API (ISO 8601, UTC) to the minute."""
    return f"{moment[:10]} {moment[11:16]} UTC"
