"""A constant number of clients, each sending the next render as soon as its last one ended."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import httpx2
import psutil

from bench.soak.kind import Kind
from bench.soak.strip import WrongAnswerError
from bench.soak.tenant import Tenant

__all__ = ["GRACE_S", "Load", "Outcome"]

GRACE_S = 2.0
"""How much later than its deadline a render may be answered."""

_STRIKE_AFTER_S = 0.15
_PEACE_S = 10.0
"""At most so long after a strike there is none: what was under way shall have been made up for."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One render. `wrong` is empty if it was answered as it should be."""

    number: int
    kind: str
    seconds: float
    wrong: str = ""


@dataclass(slots=True)
class Load:
    """`victims()` gives the processes that may be killed, by `page` and `browser`."""

    tenants: Sequence[Tenant]
    victims: Callable[[], dict[str, list[psutil.Process]]]
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    _striking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _sending: set[asyncio.Task[Outcome]] = field(default_factory=set[asyncio.Task[Outcome]])

    async def run(self, work: Sequence[tuple[int, Kind]], at_once: int) -> None:
        """Send all of it, `at_once` at a time."""
        waiting = iter(work)

        async def client() -> None:
            for number, kind in waiting:
                self.outcomes.append(await self._one(number, kind))

        await asyncio.gather(*(client() for _ in range(at_once)))

    async def _one(self, number: int, kind: Kind) -> Outcome:
        if not kind.strikes:
            return await self._send(number, kind)
        async with self._striking:
            sent = self._send(number, kind)
            await asyncio.sleep(_STRIKE_AFTER_S)
            await asyncio.to_thread(self._strike, kind.strikes)
            hit = self._sending | {sent}
            await asyncio.wait(hit, timeout=_PEACE_S)
            return await sent

    def _send(self, number: int, kind: Kind) -> asyncio.Task[Outcome]:
        sent = asyncio.create_task(self._sent(number, kind))
        self._sending.add(sent)
        sent.add_done_callback(self._sending.discard)
        return sent

    def _strike(self, what: str) -> None:
        if found := self.victims()[what]:
            with suppress(psutil.Error):
                random.choice(found).kill()

    async def _sent(self, number: int, kind: Kind) -> Outcome:
        ask, wrong = kind.ask(number), ""
        tenant = self.tenants[number % len(self.tenants)]
        began = time.monotonic()
        try:
            async with asyncio.timeout(ask.patience):
                answer = await tenant.send(ask)
            seconds = time.monotonic() - began
            await asyncio.to_thread(kind.check, answer, number)
        except TimeoutError:
            seconds, wrong = time.monotonic() - began, "" if kind.hangs_up else "no answer at all"
        except (WrongAnswerError, httpx2.HTTPError, OSError, ValueError) as error:
            seconds, wrong = time.monotonic() - began, repr(error)
        if not wrong and seconds > ask.deadline + GRACE_S:
            wrong = f"answered after {seconds:.1f} s with a deadline of {ask.deadline:g} s"
        return Outcome(number, kind.name, seconds, wrong)
