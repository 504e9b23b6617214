"""One case: who can draw it, then all rounds, in which everybody takes turns."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.cases import Case, WrongOutputError, picture_difference
from bench.contender import Contender
from bench.cost import Ownership, Peak, pss_megabytes, watching
from bench.figures import Figures
from bench.peers.playwright import Naive
from bench.plan import Plan
from bench.turn import take_turn

__all__ = ["Heat", "indispensable"]

_ALIKE = 8.0
"""Mean difference, of 255, up to which two pictures show the same."""
_MOST = 400
"""Renders in one turn, at most. Each turn has numbers of its own, so that no cache can answer."""


def indispensable(contender: Contender) -> bool:
    """Without it a run says nothing: its errors are not forgiven."""
    return contender.name.startswith("ours") or contender.name == Naive.name


@dataclass
class Heat:
    """`qualify`, then `round` as often as wanted. `numbers` gives so many that nobody has used."""

    case: Case
    taking: list[Contender]
    plan: Plan
    ownership: Ownership
    numbers: Callable[[int], range]
    figures: dict[tuple[str, int], Figures] = field(default_factory=dict[tuple[str, int], Figures])
    rate: dict[str, float] = field(default_factory=dict[str, float])
    peak_pss_mb: dict[str, float] = field(default_factory=dict[str, float])
    lost: dict[str, str] = field(default_factory=dict[str, str])

    async def qualify(self) -> None:
        """A turn at the highest concurrency that is not counted: the same numbers for everybody.

        It shows who draws the right picture, how many renders fill a turn, and how much memory
        is used: looking for that costs time, so it is done here alone.
        """
        numbers = self.numbers(max(max(self._levels(one)) for one in self.taking) + 4)
        pictures: dict[Contender, bytes] = {}
        for contender in list(self.taking):
            for level in self._levels(contender):
                self.figures[contender.name, level] = Figures()
            level = max(self._levels(contender))
            if answer := await self._watched(contender, numbers[: max(level, 4)], level):
                pictures[contender] = answer
        self._compare(pictures)

    async def _watched(self, contender: Contender, numbers: range, level: int) -> bytes | None:
        peak, seen = Peak(), Figures()

        def look() -> float:
            return pss_megabytes(self.ownership.processes(contender))

        await contender.prepare(self.case, numbers)
        async with watching(look, peak):
            answer = await self._turn(contender, numbers, level, seen)
        if answer:
            self.rate[contender.name] = seen.rates[-1]
            self.peak_pss_mb[contender.name] = peak.value
        return answer

    async def round(self, first: int) -> None:
        """A turn for everybody at every concurrency; the contender at place `first` begins."""
        begin = self.numbers(_MOST * 4).start
        pictures: dict[Contender, bytes] = {}
        at = first % len(self.taking)
        for contender in [*self.taking[at:], *self.taking[:at]]:
            wanted = round(self.rate[contender.name] * self.plan.seconds)
            for place, level in enumerate(self._levels(contender)):
                many = min(max(wanted, level, self.case.at_least, 4), _MOST)
                numbers = range(begin + place * _MOST, begin + place * _MOST + many)
                seen = self.figures[contender.name, level]
                if not (answer := await self._turn(contender, numbers, level, seen)):
                    break
                pictures.setdefault(contender, answer)
        self._compare(pictures)

    def _levels(self, contender: Contender) -> Sequence[int]:
        return self.plan.levels_of(contender, self.case)

    async def _turn(
        self, contender: Contender, numbers: range, level: int, seen: Figures
    ) -> bytes | None:
        try:
            return await take_turn(contender, self.ownership, self.case, numbers, level, seen)
        except (WrongOutputError, ExceptionGroup) as error:
            if indispensable(contender):
                raise
            first = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
            self._lose(contender, str(first))
            return None

    def _compare(self, pictures: dict[Contender, bytes]) -> None:
        """All of one number: who draws the same page must show what the naive way shows."""
        if self.case.format == "pdf":
            return
        model = next(data for one, data in pictures.items() if one.name == Naive.name)
        for contender, data in pictures.items():
            difference = picture_difference(model, data)
            if contender.likeness == "same" and difference > _ALIKE:
                reason = f"its picture differs from the naive one by {difference:.1f} of 255"
                if indispensable(contender):
                    raise WrongOutputError(f"{contender.name}: {reason}")
                self._lose(contender, reason)

    def _lose(self, contender: Contender, reason: str) -> None:
        print(f"{contender.name} is out of {self.case.name}: {reason}", file=sys.stderr)
        self.lost[contender.name] = reason
        self.taking = [one for one in self.taking if one is not contender]
