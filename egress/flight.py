"""A request under way, and all the renders that wait for its answer."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from egress.errors import BlockedAddressError, FetchFailedError
from egress.models import Fetched
from egress.session import Session

__all__ = ["Flight"]


class Flight:
    """One request for several renders: each pays for every byte, and each may leave alone.

    It ends when nobody waits any more. `ended` is called once, before anybody hears of it.
    """

    def __init__(
        self, fly: Callable[["Flight"], Coroutine[Any, Any, Fetched]], ended: Callable[[], None]
    ) -> None:
        self._ended = ended
        self._read = 0
        self._seats: dict[asyncio.Future[Fetched], Session] = {}
        self._task = asyncio.create_task(fly(self))
        self._task.add_done_callback(self._land)

    async def join(self, session: Session) -> Fetched:
        """The answer. Raises what the request raised, or what this render may not spend."""
        session.spend(self._read)
        seat: asyncio.Future[Fetched] = asyncio.get_running_loop().create_future()
        self._seats[seat] = session
        try:
            return await seat
        finally:
            self._seats.pop(seat, None)
            if not self._seats and not self._task.done():
                self._ended()
                self._task.cancel()

    def pay(self, size: int) -> None:
        """So many bytes have come: who cannot pay for them gets off."""
        self._read += size
        for seat, session in tuple(self._seats.items()):
            try:
                session.spend(size)
            except BlockedAddressError as error:
                del self._seats[seat]
                if not seat.done():
                    seat.set_exception(error)

    def _land(self, task: "asyncio.Task[Fetched]") -> None:
        self._ended()
        error = FetchFailedError() if task.cancelled() else task.exception()
        for seat in self._seats:
            if seat.done():
                continue
            if error is None:
                seat.set_result(task.result())
            else:
                seat.set_exception(error)
