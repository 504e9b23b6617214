"""Rings within one process: for tests, and for who runs without any Redis."""

from collections.abc import Callable

__all__ = ["MemoryQueue"]


class MemoryQueue:
    """The whole port in memory."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[str], None]] = []

    def listen(self, ring: Callable[[str], None]) -> None:
        """See `Queue.listen`."""
        self._listeners.append(ring)

    async def ring(self, subject: str) -> None:
        """See `Queue.ring`."""
        for listener in self._listeners:
            listener(subject)

    async def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Nothing to stop."""

    async def probe(self) -> None:
        """There is no server that could be away."""
