"""Whether something grows: a line through points, and how sure one can be of its slope."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import linear_regression, mean, median

__all__ = ["Trend", "trend_of"]

_BLOCKS = 12
"""Neighbouring samples are alike, so the error is told from the medians of so many neighbourhoods.

Medians, since what a faulty page takes while it lasts is no growth."""


@dataclass(frozen=True, slots=True)
class Trend:
    """`y = start + slope * x`; `error` is the standard error of `slope`."""

    slope: float
    start: float
    error: float

    def at(self, x: float) -> float:
        """The line's height."""
        return self.start + self.slope * x

    @property
    def least(self) -> float:
        """The slope is larger than this as good as certainly (two standard errors)."""
        return self.slope - 2 * self.error


def trend_of(points: Sequence[tuple[float, float]]) -> Trend | None:
    """The line through the points; None if there are too few of them to tell."""
    if len(points) < 2 * _BLOCKS:
        return None
    size = len(points) / _BLOCKS
    blocks = [points[int(number * size) : int((number + 1) * size)] for number in range(_BLOCKS)]
    xs = [mean(x for x, _ in block) for block in blocks]
    ys = [median(y for _, y in block) for block in blocks]
    if len(set(xs)) < _BLOCKS:
        return None
    slope, start = linear_regression(xs, ys)
    middle = mean(xs)
    left = sum((y - start - slope * x) ** 2 for x, y in zip(xs, ys, strict=True))
    spread = sum((x - middle) ** 2 for x in xs)
    return Trend(slope, start, (left / (_BLOCKS - 2) / spread) ** 0.5)
