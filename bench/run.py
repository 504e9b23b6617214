"""The run: everybody starts once, then draws case by case; then the rows tell."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.cases import Case, WrongOutputError
from bench.contender import Contender, UnavailableError
from bench.cost import Ownership
from bench.documents import Documents
from bench.figures import Row, row_of
from bench.heat import Heat, indispensable
from bench.peers.playwright import Naive
from bench.plan import Plan

__all__ = ["Run"]


_FAULTS = (UnavailableError, WrongOutputError, RuntimeError, TimeoutError, ConnectionError)
"""Whoever ends its first render so takes no part."""


@dataclass
class Run:
    """`start`, `measure` each case, `close`; then `rows` and `left_out` tell."""

    contenders: Sequence[Contender]
    documents: Documents
    plan: Plan
    rows: list[Row] = field(default_factory=list[Row])
    left_out: dict[str, str] = field(default_factory=dict[str, str])
    _first: dict[str, float] = field(default_factory=dict[str, float])
    _ownership: Ownership = field(default_factory=Ownership)
    _used: int = 0

    async def start(self, first: Case) -> None:
        """Start one after the other and time the first render of each."""
        await self.documents.start()
        self._ownership.claim("documents")
        for contender in list(self.contenders):
            number = self._numbers(1)[0]
            await self.documents.prepare(first, [number])
            begin = time.perf_counter()
            try:
                await contender.start()
                await contender.prepare(first, [number])
                first.check(await contender.render(first, number), number)
            except _FAULTS as error:
                if indispensable(contender):
                    raise
                await self._leave_out(contender, str(error))
                continue
            self._first[contender.name] = time.perf_counter() - begin
            self._ownership.claim(contender.name)
            print(f"{contender.name}: {self._first[contender.name]:.1f} s", file=sys.stderr)

    async def _leave_out(self, contender: Contender, reason: str) -> None:
        print(f"{contender.name} is left out: {reason}", file=sys.stderr)
        self.left_out[contender.name] = reason
        self.contenders = [one for one in self.contenders if one is not contender]
        await contender.close()

    async def measure(self, case: Case) -> None:
        """All rounds of one case."""
        taking = [one for one in self.contenders if self.plan.includes(one, case)]
        heat = Heat(case, taking, self.plan, self._ownership, self._numbers)
        await heat.qualify()
        for turn in range(self.plan.rounds):
            await heat.round(turn)
            self.documents.forget()
            print(".", end="", file=sys.stderr, flush=True)
        print(f" {case.name}", file=sys.stderr)
        self.left_out.update({f"{name}, {case.name}": why for name, why in heat.lost.items()})
        self._tell(heat)

    def _numbers(self, count: int) -> range:
        self._used += count
        return range(self._used - count, self._used)

    def _tell(self, heat: Heat) -> None:
        naive = [one.rates for (name, _), one in heat.figures.items() if name == Naive.name]
        base = [max(rates) for rates in zip(*naive, strict=True)]
        for one in heat.taking:
            for level in self.plan.levels_of(one, heat.case):
                names = (heat.case.name, one.name, one.likeness)
                peak, first = heat.peak_pss_mb[one.name], self._first[one.name]
                seen = heat.figures[one.name, level]
                self.rows.append(row_of(seen, base, names, level, peak, first))

    async def close(self) -> None:
        """End everybody."""
        for contender in self.contenders:
            await contender.close()
        await self.documents.close()
