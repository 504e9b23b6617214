"""The run: everybody starts once, then takes turns, case by case and round by round."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.cases import Case, WrongOutputError, picture_difference
from bench.contender import Contender, UnavailableError
from bench.cost import Ownership, Peak, pss_megabytes, watching
from bench.documents import Documents
from bench.figures import Figures, Row, row_of
from bench.peers.playwright import Naive
from bench.turn import take_turn

__all__ = ["Plan", "Run"]

_ALIKE = 8.0
"""Mean difference, of 255, up to which two pictures show the same."""
_MOST = 400
"""Renders in one turn, at most. Each turn has numbers of its own, so that no cache can answer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured. `levels` empty: ours at 1, 2, 8 and 32, services at 2 and 8, others
    at 2. `seconds`: about the length of one turn.
    """

    rounds: int = 3
    seconds: float = 1.0
    levels: tuple[int, ...] = ()
    everything: bool = False

    def levels_of(self, contender: Contender, case: Case) -> tuple[int, ...]:
        """The concurrencies at which it draws this."""
        if self.levels:
            return self.levels
        if not case.everybody:
            return (2,)
        if contender.name.startswith("ours"):
            return (1, 2, 8, 32)
        return (2, 8) if contender.everywhere else (2,)


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
            except (UnavailableError, WrongOutputError, RuntimeError, TimeoutError) as error:
                if contender.name.startswith("ours"):
                    raise
                await self._leave_out(contender, str(error))
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
        taking = [
            one
            for one in self.contenders
            if one.takes(case) and (case.everybody or one.everywhere or self.plan.everything)
        ]
        pace = {one.name: await self._warm_up(one, case) for one in taking}
        figures = {
            (one.name, level): Figures()
            for one in taking
            for level in self.plan.levels_of(one, case)
        }
        for turn in range(self.plan.rounds):
            at = turn % len(taking)
            await self._round([*taking[at:], *taking[:at]], case, pace, figures)
            self.documents.forget()
            print(".", end="", file=sys.stderr, flush=True)
        print(f" {case.name}", file=sys.stderr)
        self._tell(case, taking, figures, pace)

    async def _warm_up(self, contender: Contender, case: Case) -> "_Pace":
        """At its highest concurrency, with an eye on its memory; then renders/s are known."""
        level = max(self.plan.levels_of(contender, case))
        peak, seen = Peak(), Figures()

        def look() -> float:
            return pss_megabytes(self._ownership.processes(contender))

        numbers = self._numbers(max(level, 4))
        await contender.prepare(case, numbers)
        async with watching(look, peak):
            await take_turn(contender, self._ownership, case, numbers, level, seen)
        return _Pace(seen.rates[-1], peak.value)

    async def _round(
        self,
        taking: Sequence[Contender],
        case: Case,
        pace: "dict[str, _Pace]",
        figures: dict[tuple[str, int], Figures],
    ) -> None:
        begin = self._numbers(_MOST * 4).start
        pictures: dict[Contender, bytes] = {}
        for contender in taking:
            wanted = round(pace[contender.name].rate * self.plan.seconds)
            for place, level in enumerate(self.plan.levels_of(contender, case)):
                many = min(max(wanted, level, case.at_least, 4), _MOST)
                first = begin + place * _MOST
                seen = figures[contender.name, level]
                numbers = range(first, first + many)
                answer = await take_turn(contender, self._ownership, case, numbers, level, seen)
                pictures.setdefault(contender, answer)
        if case.format != "pdf":
            _compare(pictures)

    def _numbers(self, count: int) -> range:
        self._used += count
        return range(self._used - count, self._used)

    def _tell(
        self,
        case: Case,
        taking: Sequence[Contender],
        figures: dict[tuple[str, int], Figures],
        pace: "dict[str, _Pace]",
    ) -> None:
        naive = [one.rates for (name, _), one in figures.items() if name == Naive.name]
        base = [max(rates) for rates in zip(*naive, strict=True)]
        for one in taking:
            for level in self.plan.levels_of(one, case):
                names = (case.name, one.name, one.likeness)
                peak, first = pace[one.name].peak_pss_mb, self._first[one.name]
                self.rows.append(row_of(figures[one.name, level], base, names, level, peak, first))

    async def close(self) -> None:
        """End everybody."""
        for contender in self.contenders:
            await contender.close()
        await self.documents.close()


@dataclass(frozen=True, slots=True)
class _Pace:
    rate: float
    peak_pss_mb: float


def _compare(pictures: dict[Contender, bytes]) -> None:
    """All of one number: those who draw the same page must show what the naive way shows."""
    model = next(data for one, data in pictures.items() if one.name == Naive.name)
    for contender, data in pictures.items():
        difference = picture_difference(model, data)
        if contender.likeness == "same" and difference > _ALIKE:
            raise WrongOutputError(
                f"{contender.name} differs from the naive picture by {difference:.1f} of 255"
            )
