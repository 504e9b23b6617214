"""For whom the children of the service work, and how long that one has waited for them."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from renderer.request import Lane

__all__ = ["Asker"]


@dataclass(slots=True)
class Asker:
    """A workspace in a lane. `waited`: seconds in which it waited for a child, or for several."""

    lane: Lane = "interactive"
    workspace: str = ""
    waited: float = 0.0
    _waits: int = field(default=0, init=False)
    _since: float = field(default=0.0, init=False)

    @contextmanager
    def waiting(self) -> Generator[None]:
        """Count the body's time, however it ends; what waits at once counts once."""
        now = asyncio.get_running_loop().time
        if not self._waits:
            self._since = now()
        self._waits += 1
        try:
            yield
        finally:
            self._waits -= 1
            if not self._waits:
                self.waited += now() - self._since
