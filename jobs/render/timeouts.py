"""A memory of renders that timed out, so that a retry costs nothing."""

import time
from collections import OrderedDict
from collections.abc import Callable

from core.errors import RenderTimeoutError

__all__ = ["TimeoutMemory"]

_MOST = 10_000
"""Keys that are remembered at once; the oldest goes first."""


class TimeoutMemory:
    """Remembers for `seconds` which render keys timed out, and with how long a deadline."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._seen: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def remember(self, key: str, timeout: float) -> None:
        """That the render of this key was not done within `timeout` seconds."""
        self._seen[key] = (self._clock() + self._seconds, timeout)
        self._seen.move_to_end(key)
        while len(self._seen) > _MOST:
            self._seen.popitem(last=False)

    def check(self, key: str, timeout: float) -> None:
        """Raises RenderTimeoutError when an equal render timed out lately with no less time."""
        until, tried = self._seen.get(key, (0.0, 0.0))
        left = until - self._clock()
        if left <= 0:
            self._seen.pop(key, None)
        elif timeout <= tried:
            raise RenderTimeoutError(
                f"The same render did not end within {tried:g} s a moment ago, so it was not tried "
                f"again: change the page, raise timeout above {tried:g}, or wait {left:.0f} s",
                retry_after=max(1, round(left)),
            )
