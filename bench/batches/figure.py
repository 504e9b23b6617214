"""One measured figure with what it should be, and the table of all of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from bench.table import console

__all__ = ["Figure", "Size", "show"]


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything: `cards` a round, no-op `items`, `rows` of the large batch, ..."""

    rounds: int = 2
    cards: int = 1000
    items: int = 10_000
    rows: int = 100_000
    singles: int = 100
    cancelled: int = 5000


@dataclass(frozen=True, slots=True)
class Figure:
    """`at_most` None: told without a goal."""

    part: str
    database: str
    text: str
    value: float
    unit: str
    at_most: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        return None if self.at_most is None else self.value <= self.at_most

    def as_json(self) -> dict[str, Any]:
        """With the names of JSON."""
        told = asdict(self)
        return {**told, "atMost": told.pop("at_most"), "met": self.met}


def show(figures: Sequence[Figure]) -> None:
    """Print them all."""
    table = Table(title="Batches", pad_edge=False)
    for heading in ("", "database", "", "goal", ""):
        table.add_column(heading, justify="left" if heading != "goal" else "right")
    part = ""
    for one in figures:
        if one.part != part:
            table.add_section()
            part = one.part
        goal = "" if one.at_most is None else f"<= {one.at_most:g}"
        met = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}[one.met]
        table.add_row(one.text, one.database, f"{one.value:.4g} {one.unit}", goal, met)
    console().print(table)
