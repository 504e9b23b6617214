"""What the work needs of a queue: somebody rings, everybody who listens looks at the rows."""

from collections.abc import Callable
from typing import Protocol

__all__ = ["Queue"]


class Queue(Protocol):
    """Rings carry a subject (`batch:bat_...`, `events`) and no data; losing one loses nothing."""

    def listen(self, ring: Callable[[str], None]) -> None:
        """Call `ring(subject)` for every ring from now on, on the event loop's thread."""
        ...

    async def ring(self, subject: str) -> None:
        """Wake whoever works on `subject`. Never raises and never waits for a broken server."""
        ...

    async def start(self) -> None:
        """Begin to hear the rings of other processes."""
        ...

    async def stop(self) -> None:
        """Hear no more; idempotent."""
        ...

    async def probe(self) -> None:
        """Raise StorageUnavailableError unless the server behind the queue answers."""
        ...
