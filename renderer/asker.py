"""For whom the children of the service work, and how long that one has waited for them."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from renderer.request import Lane

__all__ = ["Asker"]


@dataclass(slots=True)
class Asker:
    """A workspace in a lane."""

    lane: Lane = "interactive"
    workspace: str = ""
    _waited: float = field(default=0.0, init=False)
    _waits: int = field(default=0, init=False)
    _since: float = field(default=0.0, init=False)

    @property
    def waited(self) -> float:
        """Seconds in which it waited for a child, or for several, up to now."""
        return self._waited + (_now() - self._since if self._waits else 0.0)

    @contextmanager
    def waiting(self) -> Generator[None]:
        """Count the body's time, however it ends; what waits at once counts once."""
        if not self._waits:
            self._since = _now()
        self._waits += 1
        try:
            yield
        finally:
            self._waits -= 1
            if not self._waits:
                self._waited += _now() - self._since


def _now() -> float:
    return asyncio.get_running_loop().time()
