"""The children of one kind, and who has which."""

import asyncio
import itertools
import os
from collections import deque

from core.errors import OverloadedError
from renderer.asker import Asker
from renderer.jail_errors import JailKilledError
from renderer.jail_process import JailProcess
from renderer.turns import Turns

__all__ = ["JailPool"]

_FIRST_UID = 200_000_000
"""Children get `this + counter`: uids that no system hands out, none shared by two of them."""

_COUNTER = itertools.count()

_START_TRIES = 3


class JailPool:
    """The children of one kind: started when needed, within the turns there are, and kept warm.

    `idle_s`: seconds without work after which they end; None: never.
    """

    def __init__(
        self, kind: str, turns: Turns, jobs_per_child: int, idle_s: float | None = None
    ) -> None:
        self.kind = kind
        self._turns = turns
        self._jobs_per_child = jobs_per_child
        self._idle_s = idle_s
        self._timer: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._idle: deque[JailProcess] = deque()
        self._busy: set[JailProcess] = set()

    @property
    def kept_warm(self) -> bool:
        """Whether its children stay when they have nothing to do."""
        return self._idle_s is None

    @property
    def waiting(self) -> int:
        """How many jobs wait for a child."""
        return self._turns.waiting

    async def warm(self) -> None:
        """Have one idle child at least; when all turns are taken, whoever waits will start it."""
        if not self._turns.take_free():
            return
        try:
            self._idle.append(await self._child())
        finally:
            self._turns.give_back()

    async def take(self, asker: Asker) -> JailProcess:
        """Wait for a turn and get a living child. Raises OverloadedError."""
        await self._turns.take(asker)
        try:
            child = await self._child()
        except BaseException:
            self._turns.give_back()
            raise
        self._busy.add(child)
        return child

    async def give_back(self, child: JailProcess) -> None:
        """Put a child back, or end it when it is spent; its successor starts when asked for."""
        self._busy.discard(child)
        try:
            if child.alive and not child.spent and child.jobs < self._jobs_per_child:
                self._idle.append(child)
                self._end_later()
            else:
                await child.kill()
        finally:
            self._turns.give_back()

    async def close(self) -> None:
        """Kill every child."""
        if self._timer is not None:
            self._timer.cancel()
        for child in [*self._idle, *self._busy]:
            await child.kill()
        self._idle.clear()
        await asyncio.gather(*self._ending)

    def children(self) -> list[JailProcess]:
        """All living children."""
        return [child for child in (*self._idle, *self._busy) if child.alive]

    def _end_later(self) -> None:
        if self._idle_s is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(self._idle_s, self._end_idle)

    def _end_idle(self) -> None:
        while self._idle:
            task = asyncio.create_task(self._idle.pop().kill())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _child(self) -> JailProcess:
        while self._idle:
            child = self._idle.pop()
            if child.alive:
                return child
            await child.kill()
        return await self._start()

    async def _start(self) -> JailProcess:
        last = JailKilledError("start")
        for _ in range(_START_TRIES):
            try:
                return await JailProcess.start(self.kind, self._uid())
            except (JailKilledError, OSError) as error:
                last = JailKilledError("start", str(getattr(error, "private", error)))
        raise OverloadedError(
            "The service could not start a worker for this document. Send it again in a moment.",
            retry_after=5,
            private=last.private,
        )

    @staticmethod
    def _uid() -> int:
        """A uid that no other child of this machine's pools has; 0 when we are not root."""
        if os.getuid() != 0:
            return 0
        return _FIRST_UID + os.getpid() % 1_000_000 * 1000 + next(_COUNTER) % 1000
