"""Where pictures and animations are encoded: few at once, so that memory and cores are bounded."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from renderer.asker import Asker
from renderer.turns import Turns

__all__ = ["Encoders", "Halt", "HaltedError"]

_ANIMATIONS_WAITING = 4
"""For each that is encoded: those that wait hold all their frames."""

_T = TypeVar("_T")


class HaltedError(Exception):
    """Nobody waits for the picture any more; seen by nobody, since nobody waits."""


class Halt:
    """Asked between pieces of work whether to go on."""

    def __init__(self) -> None:
        self._told = threading.Event()

    def tell(self) -> None:
        """Stop at the next look."""
        self._told.set()

    def check(self) -> None:
        """Raises HaltedError once it was told."""
        if self._told.is_set():
            raise HaltedError


class Encoders:
    """A few threads for common pictures, and a single one for heavy ones; turns for animations.

    Heavy pictures hold hundreds of megabytes and take seconds: one at a time, and nobody else
    waits behind them.
    """

    def __init__(self, threads: int) -> None:
        self._common = ThreadPoolExecutor(threads, "encode")
        self._heavy = ThreadPoolExecutor(1, "encode-heavy")
        animations = max(2, threads // 2)
        self._animations = Turns(animations, animations * _ANIMATIONS_WAITING)

    async def run(self, work: Callable[[Halt], _T], *, heavy: bool) -> _T:
        """The result of `work` in a thread; when cancelled, it is halted at its next check."""
        halt = Halt()
        pool = self._heavy if heavy else self._common
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, _begun, work, halt)
        except asyncio.CancelledError:
            halt.tell()
            raise

    @property
    def waiting(self) -> int:
        """How many animations wait for their turn."""
        return self._animations.waiting

    @asynccontextmanager
    async def animating(self, asker: Asker) -> AsyncGenerator[None]:
        """The turn to encode an animation, in which ffmpeg may run. Raises OverloadedError."""
        await self._animations.take(asker)
        try:
            yield
        finally:
            self._animations.give_back()

    def close(self) -> None:
        """Take no more work, and wait for none."""
        for pool in (self._common, self._heavy):
            pool.shutdown(wait=False, cancel_futures=True)


def _begun(work: Callable[[Halt], _T], halt: Halt) -> _T:
    halt.check()  # it may have waited for a thread until its render was over
    return work(halt)
