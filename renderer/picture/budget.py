"""The best picture of at most so many bytes: a search over qualities."""

import math
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Attempt", "best_within"]

_PER_STEP = 0.028
"""How much larger, in logarithms, a picture is with each step of quality, as a first guess."""
_CLOSE = 0.97
"""A picture that fills so much of its budget is not searched further."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A picture encoded at one step: its quality, or its place on another ladder."""

    step: int
    data: bytes

    @property
    def log_size(self) -> float:
        """The natural logarithm of its bytes."""
        return math.log(len(self.data))


def best_within(
    most: int, highest: int, encode: Callable[[int], bytes]
) -> tuple[Attempt | None, Attempt]:
    """The highest step of 1 to `highest` that makes at most `most` bytes, and the smallest seen.

    The first is None if not even step 1 fits. Larger steps are taken to make larger files; each
    guess lies where a straight line through the logarithms of two sizes meets the budget, so that
    three or four encodings do mostly.
    """
    over = Attempt(highest, encode(highest))
    if len(over.data) <= most:
        return over, over
    fits: Attempt | None = None
    while over.step - (fits.step if fits else 0) > 1:
        step = _guess(most, over, fits)
        attempt = Attempt(step, encode(step))
        if len(attempt.data) > most:
            over = attempt
        else:
            fits = attempt
            if len(attempt.data) >= most * _CLOSE:
                break
    return fits, fits or over


def _guess(most: int, over: Attempt, fits: Attempt | None) -> int:
    wanted = math.log(most)
    if fits is None:
        step = over.step - max(1, math.ceil((over.log_size - wanted) / _PER_STEP))
        return max(1, step)
    slope = (over.log_size - fits.log_size) / (over.step - fits.step)
    step = fits.step + math.floor((wanted - fits.log_size) / slope) if slope > 0 else 0
    return min(over.step - 1, max(fits.step + 1, step))
