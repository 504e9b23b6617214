"""Who may have a worker of one kind, and who waits for one."""

import asyncio
from dataclasses import dataclass

from core.errors import OverloadedError
from renderer.asker import Asker
from renderer.lanes import Lanes
from renderer.metrics import RENDERS_REFUSED

__all__ = ["Turns"]

_RETRY_S = 5


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """Somebody that waits; the future is done when the turn has come."""

    asker: Asker
    turn: asyncio.Future[None]


class Turns:
    """`size` turns at a time, given by lane and workspace; at most `queue` may wait for one."""

    def __init__(self, size: int, queue: int) -> None:
        self._free = size
        self._queue = queue
        self._lanes: Lanes[_Place] = Lanes()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._lanes)

    def take_free(self) -> bool:
        """Take a turn that nobody has; False if there is none."""
        if not self._free:
            return False
        self._free -= 1
        return True

    async def take(self, asker: Asker) -> None:
        """Wait for a turn; a free one is taken at once. Raises OverloadedError."""
        if self.take_free():
            return
        if self.waiting >= self._queue:
            RENDERS_REFUSED.labels("queue_full").inc()
            raise OverloadedError(
                f"All workers of the kind that this needs are taken, and {self.waiting} requests "
                "wait for one; more may not. Send the request again after `Retry-After` seconds.",
                retry_after=_RETRY_S,
            )
        await self._wait(asker)

    async def _wait(self, asker: Asker) -> None:
        place = _Place(asker, asyncio.get_running_loop().create_future())
        self._lanes.add(asker.lane, asker.workspace, place, 1.0)
        try:
            with asker.waiting():
                await place.turn
        except asyncio.CancelledError:
            if place.turn.done() and not place.turn.cancelled():
                self.give_back()
            raise
        finally:
            self._lanes.remove(asker.lane, asker.workspace, place)

    def give_back(self) -> None:
        """Let the next one have it."""
        while (place := self._lanes.first()) is not None:
            self._lanes.pop(place.asker.lane, place.asker.workspace, place)
            if not place.turn.done():  # else it was cancelled while it waited
                place.turn.set_result(None)
                return
        self._free += 1
