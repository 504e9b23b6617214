"""Whether every part works, asked as seldom as the answer stays true."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from api.parts import Probe
from core.errors import PlatenError

__all__ = ["Finding", "Readiness"]

_FRESH = {"render": 20.0}
_FRESH_OTHERS = 2.0
_PATIENCE = {"render": 15.0}
_PATIENCE_OTHERS = 3.0
"""Seconds: a good answer of a probe counts so long; a probe may take so long."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one probe found. `problem` is empty when the part works."""

    problem: str
    asked_at: float


class Readiness:
    """Asks each probe once at a time, however many ask for the answer."""

    def __init__(
        self, probes: Mapping[str, Probe], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._probes = probes
        self._clock = clock
        self._locks = {name: asyncio.Lock() for name in probes}
        self._found: dict[str, Finding] = {}

    async def problems(self) -> dict[str, str]:
        """Every probe's name with its problem, empty where there is none."""
        names = list(self._probes)
        found = await asyncio.gather(*(self._ask(name) for name in names))
        return dict(zip(names, found, strict=True))

    def vouch(self, name: str, at: float) -> None:
        """Take it as found that the part worked at that moment of the clock."""
        known = self._found.get(name)
        if known is None or known.asked_at < at:
            self._found[name] = Finding("", at)

    async def _ask(self, name: str) -> str:
        async with self._locks[name]:
            known = self._found.get(name)
            if known is not None and self._is_fresh(name, known):
                return known.problem
            problem = await self._probe(name)
            self._found[name] = Finding(problem, self._clock())
            return problem

    def _is_fresh(self, name: str, finding: Finding) -> bool:
        # What is broken is asked again soon: recovery shall show at once.
        seconds = _FRESH_OTHERS if finding.problem else _FRESH.get(name, _FRESH_OTHERS)
        return self._clock() - finding.asked_at < seconds

    async def _probe(self, name: str) -> str:
        patience = _PATIENCE.get(name, _PATIENCE_OTHERS)
        try:
            async with asyncio.timeout(patience):
                await self._probes[name]()
        except TimeoutError:
            return f"no answer within {patience:g} s"
        except PlatenError as error:
            return error.message
        except Exception as error:
            return type(error).__name__
        return ""
