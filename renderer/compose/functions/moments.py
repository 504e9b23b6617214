"""From what people call a date to a moment."""

import re
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime
from typing import Any

from renderer.compose.functions.kinds import is_number, text_of
from renderer.compose.surroundings import CURRENT

__all__ = ["moment_of"]

_MILLISECONDS_FROM = 100_000_000_000
"""Numbers from here on (March 1973 in ms, the year 5138 in s) are milliseconds."""

_DAY_PATTERNS = ("%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%m/%d/%Y", "%B %d, %Y", "%d %B %Y", "%Y%m%d")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?$")


def _parsed(text: str) -> datetime:
    if text.lower() in {"now", "today"}:
        return CURRENT.get().now
    if _CLOCK.match(text):
        return datetime.combine(CURRENT.get().now.date(), time.fromisoformat(text.zfill(5)))
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for pattern in _DAY_PATTERNS:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is put on by moment_of
        except ValueError:
            continue
    try:
        return parsedate_to_datetime(text)
    except (ValueError, IndexError) as error:
        raise ValueError(
            f"{text[:40]!r} is not a date; write it as 2026-11-22 or 2026-11-22T18:30:00Z"
        ) from error


def _of_number(value: float) -> datetime:
    seconds = float(value) / 1000 if abs(value) >= _MILLISECONDS_FROM else float(value)
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise ValueError(f"{value!r} is not a moment in Unix seconds or milliseconds") from error


def moment_of(value: Any) -> datetime:
    """A date, an ISO 8601 or RFC 5322 text, or Unix time, in the time zone of the render.

    A text without a zone is already in it. Raises ValueError.
    """
    zone = CURRENT.get().zone
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime.combine(value, time())
    elif is_number(value):
        moment = _of_number(value)
    else:
        moment = _parsed(text_of(value).strip())
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
