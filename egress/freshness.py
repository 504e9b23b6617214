"""HTTP's caching rules (RFC 9111) for one answer, as a cache shared by a workspace's renders."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime

from egress.models import Fetched

__all__ = ["Kept", "keepable"]

_DIRECTIVE = re.compile(r'([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,"]*)))?')
_KEPT_STATUSES = {200, 203, 301, 308}
"""What may be kept without a word of the server; others are seldom worth it."""

_GUESSED_SHARE = 0.1
_GUESSED_MOST_S = 300.0
"""Without a lifetime a tenth of the time since the last change, but a few minutes at most."""

_OVERHEAD = 1024


def directives(value: str) -> dict[str, str]:
    """`Cache-Control` as names (lower case) and values, `""` where there is none."""
    return {match[1]: match[2] or match[3] or "" for match in _DIRECTIVE.finditer(value.lower())}


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that may be given again. Times are seconds; `received` is of `time.monotonic`.

    `asked`: the values that the request had for the headers that `Vary` names.
    """

    answer: Fetched
    asked: Mapping[str, str]
    received: float
    lifetime: float

    @property
    def size(self) -> int:
        """What it weighs in memory, roughly, in bytes."""
        return len(self.answer.body) + _OVERHEAD

    def fits(self, headers: Mapping[str, str]) -> bool:
        """Whether a request with these headers (lower-case names) would get the same answer."""
        return all(headers.get(name, "") == value for name, value in self.asked.items())

    def fresh(self) -> bool:
        """Whether it may be given without asking the server."""
        return time.monotonic() - self.received < self.lifetime

    def conditions(self) -> dict[str, str]:
        """The headers that ask the server whether it still holds; none when it cannot tell."""
        headers = self.answer.headers
        asking = {"if-none-match": "etag", "if-modified-since": "last-modified"}
        return {name: headers[of] for name, of in asking.items() if of in headers}

    def renewed(self, answer: Fetched) -> "Kept | None":
        """The same body under the headers of a 304; None when those forbid to keep it."""
        headers = {**self.answer.headers, **answer.headers}
        for framing in ("content-length", "content-encoding", "transfer-encoding"):
            headers.pop(framing, None)
        return keepable(replace(self.answer, headers=headers), self.asked)


def keepable(answer: Fetched, sent: Mapping[str, str]) -> Kept | None:
    """The answer as it is kept; None when it may not be, or when that would be of no use.

    `sent` are the request's headers (lower-case names).
    """
    control = directives(answer.headers.get("cache-control", ""))
    if answer.status not in _KEPT_STATUSES or {"no-store", "private"} & control.keys():
        return None
    varying = [name.strip().lower() for name in answer.headers.get("vary", "").split(",")]
    if "*" in varying:
        return None
    lifetime = _lifetime(answer.headers, control)
    if lifetime <= 0 and not {"etag", "last-modified"} & answer.headers.keys():
        return None
    asked = {name: sent.get(name, "") for name in varying if name}
    return Kept(answer, asked, time.monotonic(), lifetime)


def _lifetime(headers: Mapping[str, str], control: Mapping[str, str]) -> float:
    """Seconds from now in which the answer is fresh."""
    if "no-cache" in control:
        return 0.0
    age = _seconds(headers.get("age", ""))
    for name in ("s-maxage", "max-age"):
        if name in control:
            return _seconds(control[name]) - age
    date = _moment(headers.get("date", "")) or datetime.now().astimezone()
    if "expires" in headers:
        expires = _moment(headers["expires"])
        return (expires - date).total_seconds() - age if expires else 0.0
    changed = _moment(headers.get("last-modified", ""))
    if changed is None:
        return 0.0
    return min((date - changed).total_seconds() * _GUESSED_SHARE, _GUESSED_MOST_S) - age


def _seconds(text: str) -> float:
    """Delta-seconds; what is no number counts as none, what is too large as ten years."""
    return float(min(int(text), 315_360_000)) if text.isascii() and text.isdigit() else 0.0


def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone() if text else None
    except (ValueError, OverflowError):
        return None
