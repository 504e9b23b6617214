"""Which stretch of time is one whole loop, and at which moments its frames are taken.

GIF counts time in hundredths of a second, so frames are taken at whole hundredths: what a frame
shows is then exactly what the page looks like at the moment at which the frame is shown.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Timeline", "Timing", "frame_moments", "one_loop"]

_LONGEST_MS = 30_000
"""A loop found by itself is not longer than this; what would be is cut to its longest part."""

_MIN_DELAY_CS = 2
"""Players show a shorter delay ten times longer."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One thing that moves. Milliseconds; `period` is None for what ends, `end` for what does not.

    `start` is when it begins to move.
    """

    start: float
    period: float | None
    end: float | None

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Timing | None":
        """From what the page said; None for what never moves."""
        rate = abs(found["rate"])
        if found["duration"] <= 0 or rate == 0 or found["iterations"] == 0:
            return None
        start = max(found["delay"], 0) / rate
        if found["iterations"] < 0:
            turns = 2 if found["alternates"] else 1
            return cls(start, found["duration"] * turns / rate, None)
        return cls(start, None, max(found["end"], 0) / rate)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A stretch of the page's time in milliseconds. `exact`: its end meets its beginning."""

    start_ms: float
    duration_ms: float
    exact: bool = True


def one_loop(timings: Iterable[Timing]) -> Timeline | None:
    """The shortest stretch after which everything is as it was; None when nothing moves.

    Endless animations repeat after the least common multiple of their periods, once all have
    begun. Where some end, the stretch begins with the page and holds whole loops until they have.
    """
    moving = list(timings)
    periods = [one.period for one in moving if one.period is not None]
    end = max((one.end for one in moving if one.end is not None), default=0.0)
    if not periods:
        return Timeline(0, min(end, _LONGEST_MS), exact=end <= _LONGEST_MS) if end > 0 else None
    loop, exact = _common(periods)
    if end <= 0:
        return Timeline(max(one.start for one in moving), loop, exact)
    whole = math.ceil(round(end / loop, 6)) * loop
    return Timeline(0, min(whole, _LONGEST_MS), exact and whole <= _LONGEST_MS)


def _common(periods: list[float]) -> tuple[float, bool]:
    """The least common multiple in steps of 0.1 ms, or the longest period if that is too long."""
    steps = [max(1, round(period * 10)) for period in periods]
    common = math.lcm(*steps) / 10
    if common <= _LONGEST_MS:
        return common, True
    return min(max(periods), _LONGEST_MS), False


def frame_moments(duration_ms: float, frames_per_second: float, most: int) -> list[int]:
    """When each frame begins, in hundredths of a second, and as last entry when the last one ends.

    At least two frames, at most `most`; none is shown for less than 0.02 s.
    """
    total = max(2 * _MIN_DELAY_CS, round(duration_ms / 10))
    wanted = round(duration_ms * frames_per_second / 1000)
    count = max(2, min(wanted, most, total // _MIN_DELAY_CS))
    return [round(total * index / count) for index in range(count + 1)]
