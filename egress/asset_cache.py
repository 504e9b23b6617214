"""Remote assets of pages without scripts: fetched once, kept in memory by HTTP's rules."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from weakref import WeakValueDictionary

from egress.again import asked_again
from egress.client import EgressClient
from egress.flight import Flight
from egress.freshness import Kept, keepable
from egress.models import Fetched
from egress.outgoing import Outgoing
from egress.session import Session, too_many_redirects

__all__ = ["AssetCache"]

_Key = tuple[str, str]
_LARGEST_SHARE = 4
"""One asset may take a quarter of the memory, so that it never drives out all the others."""


class AssetCache:
    """A workspace's assets. What is fresh comes from memory, what is stale is asked about again.

    Equal requests at the same time are one. Nothing is ever shared between two workspaces, and
    what no workspace asks for is not kept. The least recently used goes first. `per_host`: requests
    to one host at the same time, for one workspace.
    """

    def __init__(
        self, client: EgressClient, max_bytes: int = 64 * 1024 * 1024, per_host: int = 24
    ) -> None:
        self._client = client
        self._per_host = per_host
        # A turn is kept as long as somebody waits for it or has it.
        self._turns: WeakValueDictionary[_Key, asyncio.Semaphore] = WeakValueDictionary()
        self._max_bytes = max_bytes
        self._size = 0
        self._kept: OrderedDict[_Key, Kept] = OrderedDict()
        self._flights: dict[tuple[_Key, str], Flight] = {}

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return self._size

    async def fetch(
        self, url: str, session: Session, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """GET `url` for a render and follow redirects, within what the render may spend.

        Bytes from memory count like any others, so that a render's limits do not depend on what
        went before. Raises BlockedAddressError, also for limits, and FetchFailedError.
        """
        sent = Outgoing.of("GET", url, headers or {}, None)
        try:
            async with asyncio.timeout_at(session.deadline):
                for _ in range(session.limits.max_redirects + 1):
                    session.admit(sent.target.host)
                    answer = await self._answer(sent, session)
                    following = sent.following(answer)
                    if following is None:
                        return answer
                    sent = following
        except TimeoutError as error:
            raise session.too_late() from error
        raise too_many_redirects(url, session.limits.max_redirects)

    async def _answer(self, sent: Outgoing, session: Session) -> Fetched:
        key = (session.workspace, sent.target.url)
        kept = self._kept.get(key)
        if kept is not None and not kept.fits(sent.headers):
            kept = None
        if kept is not None and kept.fresh():
            self._kept.move_to_end(key)
            session.spend(len(kept.answer.body))
            return kept.answer
        async with session.fetches:
            return await self._flight(key, sent, kept, session).join(session)

    def _flight(self, key: _Key, sent: Outgoing, kept: Kept | None, session: Session) -> Flight:
        """The request that is under way for the same thing, or a new one."""
        name = (key, repr(sorted(sent.headers.items())))
        flight = self._flights.get(name)
        if flight is None:

            async def fly(mine: Flight) -> Fetched:
                return await self._fly(mine, key, sent, kept, session)

            def ended() -> None:
                if self._flights.get(name) is flight:
                    del self._flights[name]

            flight = self._flights[name] = Flight(fly, ended)
        return flight

    async def _fly(
        self, flight: Flight, key: _Key, sent: Outgoing, kept: Kept | None, session: Session
    ) -> Fetched:
        conditions = {} if kept is None else kept.conditions()
        asked = replace(sent, headers={**sent.headers, **conditions})
        turn = self._turn((session.workspace, sent.target.host))

        async def ask() -> Fetched:
            async with turn:
                return await self._client.ask(
                    asked,
                    account=session.workspace,
                    timeout=session.limits.resource_timeout,
                    max_bytes=session.limits.max_bytes,
                    on_bytes=flight.pay,
                )

        answer = await asked_again(ask)
        if kept is not None and answer.status == 304:
            flight.pay(len(kept.answer.body))
            self._keep(key, kept.renewed(answer))
            return kept.answer
        answer = replace(answer, digest=hashlib.sha256(answer.body).hexdigest())
        if answer.status < 500:  # a server that is ill for a moment takes nothing back
            self._keep(key, keepable(answer, sent.headers))
        return answer

    def _turn(self, place: _Key) -> asyncio.Semaphore:
        turn = self._turns.get(place)
        if turn is None:
            turn = self._turns[place] = asyncio.Semaphore(self._per_host)
        return turn

    def _keep(self, key: _Key, kept: Kept | None) -> None:
        """Replace what is kept for the key, by nothing if `kept` is None."""
        if (old := self._kept.pop(key, None)) is not None:
            self._size -= old.size
        workspace, _ = key
        if kept is None or not workspace or kept.size * _LARGEST_SHARE > self._max_bytes:
            return
        self._kept[key] = kept
        self._size += kept.size
        while self._size > self._max_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._size -= oldest.size
