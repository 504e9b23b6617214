"""What was promised, and whether it was kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.soak.census import Census
from bench.soak.load import Outcome
from bench.soak.trend import Trend, trend_of

__all__ = ["MOST_KB", "SPARE", "Point", "Promise", "judge", "memory_trend"]

MOST_KB = 2.0
"""kB that a render may leave behind."""

SPARE = {"processes": 3, "threads": 45, "descriptors": 130, "files": 0}
"""What may be more than before: a browser keeps a process or two ready for pages to come, and
threads come and go with what it did last. A leak, once for each fault, is far more."""

_LAST = 0.8
"""The first fifth is left out: caches fill, and the browsers reach their working size."""


@dataclass(frozen=True, slots=True)
class Point:
    """A census on the way: after so many seconds and renders."""

    seconds: float
    renders: int
    census: Census


@dataclass(frozen=True, slots=True)
class Promise:
    """One line of the verdict."""

    text: str
    kept: bool


def memory_trend(points: Sequence[Point]) -> Trend | None:
    """The memory in kB over renders in the last four fifths of the run."""
    most = points[-1].renders if points else 0
    late = [one for one in points if one.renders >= most * (1 - _LAST)]
    return trend_of([(one.renders, one.census.memory) for one in late])


def judge(
    outcomes: Sequence[Outcome],
    asked: int,
    points: Sequence[Point],
    before: Census,
    after: Census,
    pool: tuple[int, int],
) -> list[Promise]:
    """Every promise. `pool`: browsers that live now, and how many there should be."""
    return [
        *_answers(outcomes, asked),
        *_memory(points),
        *(_back(name, before.counts()[name], now) for name, now in after.counts().items()),
        Promise(f"{pool[0]} of {pool[1]} browsers live", pool[0] == pool[1]),
    ]


def _answers(outcomes: Sequence[Outcome], asked: int) -> list[Promise]:
    wrong = [one for one in outcomes if one.wrong]
    told = "; ".join(f"{one.kind} ({one.number}): {one.wrong}" for one in wrong[:5])
    text = f"{len(outcomes)} of {asked} renders ended, {len(wrong)} of them not as they should"
    text = f"{text}: {told}" if wrong else text
    return [Promise(text, len(outcomes) == asked and not wrong)]


def _memory(points: Sequence[Point]) -> list[Promise]:
    trend = memory_trend(points)
    if trend is None:
        return [Promise("memory: the run was too short to tell its slope", kept=True)]
    text = (
        f"memory grows by {trend.slope:.2f} +- {trend.error:.2f} kB a render ({MOST_KB:g} allowed)"
    )
    return [Promise(text, trend.least <= MOST_KB)]


def _back(name: str, before: int, after: int) -> Promise:
    text = f"{name}: {before} idle before, {after} idle after ({SPARE[name]} more allowed)"
    return Promise(text, after <= before + SPARE[name])
