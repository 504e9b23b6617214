"""When a delivery that failed is tried again."""

import random
from collections.abc import Sequence
from email.utils import parsedate_to_datetime

from core.clock import SECOND

__all__ = ["next_try", "retry_after_seconds"]

JITTER = 0.1
LONGEST_RETRY_AFTER = 86_400
"""Seconds: a receiver may ask for at most a day of silence."""


def next_try(
    schedule: Sequence[float], tries: int, now_us: int, retry_after: float | None = None
) -> int | None:
    """The moment (µs) of the try after `tries`; None when the schedule is used up.

    The schedule's delay varies by a tenth, so that receivers are not hit by all at once;
    `retry_after` seconds are a lower bound, capped at a day.
    """
    if tries >= len(schedule):
        return None
    delay = schedule[tries] * random.uniform(1 - JITTER, 1 + JITTER)
    if retry_after is not None:
        delay = max(delay, min(retry_after, LONGEST_RETRY_AFTER))
    return now_us + round(delay * SECOND)


def retry_after_seconds(header: str | None, now_us: int) -> float | None:
    """`Retry-After` in seconds from now, from either of its forms (RFC 9110); None for others."""
    if not header:
        return None
    text = header.strip()
    if text.isdecimal() and text.isascii() and len(text) < 12:
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now_us / SECOND)
    except (ValueError, OverflowError):
        return None
