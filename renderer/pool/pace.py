"""How fast the pool works, as measured: what a wait will take."""

__all__ = ["Pace"]

_KEPT = 0.95
"""How much of what is known is kept at each render: about the last twenty count."""


class Pace:
    """Seconds that a slot needs for one unit of cost, averaged over the latest renders."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._cost = 0.0

    def note(self, seconds: float, cost: float) -> None:
        """A render of this cost has held a slot for so long."""
        self._seconds = self._seconds * _KEPT + seconds
        self._cost = self._cost * _KEPT + cost

    def wait(self, cost: float, slots: int) -> float:
        """About how many seconds so many slots take for work of this cost; 0 if not known yet."""
        if not self._cost or not slots:
            return 0.0
        return cost * self._seconds / self._cost / slots
