"""What one composition can notice of the world: locale, time zone, the moment."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError

from renderer.jail_child.call import JobError

__all__ = ["CURRENT", "Surroundings", "locale_of", "surround", "zone_of"]


@lru_cache(maxsize=64)
def locale_of(name: str) -> Locale:
    """The Babel locale of a BCP 47 or POSIX tag, the language alone if need be.

    Raises ValueError when even the language is unknown.
    """
    tag = name.split(".", maxsplit=1)[0].replace("_", "-")
    for candidate in (tag, "-".join(tag.split("-")[:2]), tag.split("-")[0]):
        try:
            return Locale.parse(candidate, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    raise ValueError(f"there is no locale {name!r}; use a tag such as 'en-US' or 'de'")


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """The time zone of an IANA name. Raises ValueError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        text = f"there is no time zone {name!r}; use a name such as 'Europe/Paris' or 'UTC'"
        raise ValueError(text) from error


@dataclass(slots=True)
class Surroundings:
    """Inputs of a render that functions read: they change what `currency` or `date` print.

    `shows_now`: whether anybody has asked for the moment so far.
    """

    locale: Locale
    zone: tzinfo
    moment: datetime
    shows_now: bool = False

    @property
    def now(self) -> datetime:
        """The moment of the render, in its time zone."""
        self.shows_now = True
        return self.moment

    @classmethod
    def of(cls, locale: str, timezone: str, now_us: int) -> "Surroundings":
        """From the names of the request and microseconds UTC. Raises ValueError."""
        zone = zone_of(timezone)
        moment = datetime.fromtimestamp(now_us / 1_000_000, UTC).astimezone(zone)
        return cls(locale_of(locale), zone, moment)


CURRENT: ContextVar[Surroundings] = ContextVar(
    "surroundings",
    default=Surroundings.of("en-US", "UTC", 0),  # noqa: B039 - only tests meet the default
)
"""The surroundings of the composition under way; a child does one at a time."""


def surround(payload: Mapping[str, Any]) -> None:
    """Begin a composition whose `locale`, `timezone` and `now_us` are these. Raises JobError."""
    try:
        CURRENT.set(Surroundings.of(payload["locale"], payload["timezone"], payload["now_us"]))
    except ValueError as error:
        raise JobError("expression_error", str(error)) from error
