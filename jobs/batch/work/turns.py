"""Whose item is drawn next: the workspace that has used the slots least of late.

A workspace that comes with twenty items, while another has had all slots for an hour, gets them at
once, until it has used as much; who sends small batches for ever counts like who sent a large one.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

__all__ = ["Turns"]

HALF_LIFE = 10.0
"""Seconds after which a second of use counts half."""
_NOTHING = 1e-6
"""Seconds of use that are forgotten altogether."""
_MOST = 1000
"""Workspaces whose use is remembered before it is looked who can be forgotten."""


class Turns:
    """So many slots, given to one waiting item after the other."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        self._used: dict[str, tuple[float, float]] = {}  # seconds, as they stood at a moment
        self.seconds_each = 1.0  # of late

    @asynccontextmanager
    async def take(self, workspace_id: str) -> AsyncGenerator[None]:
        """Hold a slot within the body."""
        await self._wait(workspace_id)
        began = self._now()
        try:
            yield
        finally:
            took = self._now() - began
            self._used[workspace_id] = (self._use(workspace_id) + took, self._now())
            if len(self._used) > _MOST:
                self._used = {name: use for name, use in self._used.items() if self._use(name)}
            self.seconds_each += (took - self.seconds_each) * 0.2
            self._pass_on()

    def skipped(self) -> None:
        """An item needed no slot."""
        self.seconds_each *= 0.8

    async def _wait(self, workspace_id: str) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(workspace_id, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()  # it had been given to us
            raise

    def _pass_on(self) -> None:
        """Give a slot to whoever is next, or keep it."""
        while self._waiting:
            workspace_id = min(self._waiting, key=self._use)
            line = self._waiting[workspace_id]
            turn = line.popleft()
            if not line:
                del self._waiting[workspace_id]
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _use(self, workspace_id: str) -> float:
        seconds, at = self._used.get(workspace_id, (0.0, 0.0))
        seconds *= 0.5 ** ((self._now() - at) / HALF_LIFE)
        return seconds if seconds > _NOTHING else 0.0

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
