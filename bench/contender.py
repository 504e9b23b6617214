"""What takes part: something that starts, renders and ends."""

from collections.abc import Iterable
from typing import Literal, Protocol

from bench.cases import Case

__all__ = ["Contender", "Likeness", "UnavailableError"]

Likeness = Literal["same", "re-authored", "older CSS"]
"""How near its pictures must come to the naive one: `same` is compared as a whole, the others
draw something that looks alike and are held to the strip of cells alone."""


class UnavailableError(Exception):
    """A peer cannot take part here; the text says why."""


class Contender(Protocol):
    """One way of rendering. `inside`: it works in the bench's own process and in children of it.

    `everywhere`: it takes part in the short run's other cases too, not in the card's alone.
    """

    name: str
    likeness: Likeness
    inside: bool
    everywhere: bool

    def takes(self, case: Case) -> bool:
        """Whether it can render this at all."""
        ...

    async def start(self) -> None:
        """Be ready to render. Raises UnavailableError."""
        ...

    async def prepare(self, case: Case, numbers: Iterable[int]) -> None:
        """What may be done before the clock runs: templates stored, documents composed."""
        ...

    async def render(self, case: Case, number: int) -> bytes:
        """The case with the data of this number."""
        ...

    async def close(self) -> None:
        """Leave nothing behind."""
        ...
