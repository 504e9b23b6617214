"""How many bulk renders may be drawn beside interactive ones: somebody waits for each of those."""

import asyncio
from collections.abc import Callable

from renderer.request import Lane

__all__ = ["Manners"]

_AFTER_S, _LOOK_S = 0.25, 0.005
"""Who has just been here is likely to come back."""


class Manners:
    """Bulk renders leave a browser to each interactive one that runs, and one to the next.

    One bulk render may always run. `free` is called when there is room for more of them.
    """

    def __init__(self, browsers: int, free: Callable[[], None]) -> None:
        self._browsers = browsers
        self._free = free
        self._running: dict[Lane, int] = {"interactive": 0, "bulk": 0}
        self._until = 0.0
        self._later: asyncio.TimerHandle | None = None

    def allow(self, lane: Lane) -> bool:
        """Whether one more may begin."""
        visitors = self._running["interactive"]
        alone = not visitors and asyncio.get_running_loop().time() >= self._until
        room = self._browsers - max(1, visitors)
        return lane == "interactive" or alone or self._running["bulk"] < max(1, room)

    def begun(self, lane: Lane) -> None:
        """One has begun."""
        self._running[lane] += 1

    def ended(self, lane: Lane) -> None:
        """One has ended."""
        self._running[lane] -= 1
        if lane == "interactive" and not self._running[lane]:
            loop = asyncio.get_running_loop()
            self._until = loop.time() + _AFTER_S
            self.close()
            self._later = loop.call_at(self._until + _LOOK_S, self._free)

    def close(self) -> None:
        """Tell of no more room."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
