"""What takes part: something that starts, renders and ends."""

from typing import Protocol

from bench.cases import Case

__all__ = ["Contender"]


class Contender(Protocol):
    """One way of rendering."""

    name: str

    async def start(self) -> None:
        """Be ready to render."""
        ...

    async def render(self, case: Case, number: int) -> bytes:
        """The case with the data of this number."""
        ...

    async def close(self) -> None:
        """Leave nothing behind."""
        ...
