"""How much is measured."""

from dataclasses import dataclass

from bench.cases import Case
from bench.contender import Contender

__all__ = ["Plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """`seconds`: about the length of one turn. `everything`: all peers take part in all cases.

    `levels` empty: the card is drawn by ours at 1, 2, 8 and 32 at once, by services at 2 and 8,
    by others at 2; every other case is drawn at 2 and 8.
    """

    rounds: int = 3
    seconds: float = 0.6
    levels: tuple[int, ...] = ()
    everything: bool = False

    def includes(self, contender: Contender, case: Case) -> bool:
        """Whether it takes part in this case."""
        wanted = case.everybody or contender.everywhere or self.everything
        return wanted and contender.takes(case)

    def levels_of(self, contender: Contender, case: Case) -> tuple[int, ...]:
        """The concurrencies at which it draws this."""
        if self.levels:
            return self.levels
        if case.everybody and contender.name.startswith("ours"):
            return (1, 2, 8, 32)
        return (2, 8) if contender.everywhere else (2,)
