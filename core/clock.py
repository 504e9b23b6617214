"""Time is whole microseconds since 1970, UTC; on the wire it is ISO 8601 with `Z`."""

import time
from datetime import UTC, datetime

__all__ = ["SECOND", "from_iso", "now_us", "to_iso"]

SECOND = 1_000_000
"""Microseconds in a second."""


def now_us() -> int:
    """The wall clock in microseconds UTC."""
    return time.time_ns() // 1000


def to_iso(moment_us: int) -> str:
    """`2026-11-22T21:00:00.000Z` for a moment in microseconds UTC (milliseconds are shown)."""
    moment = datetime.fromtimestamp(moment_us / SECOND, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str) -> int:
    """Microseconds UTC of an ISO 8601 text; one without an offset is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * SECOND)
