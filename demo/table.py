"""What the demo prints of the files that it made."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

__all__ = ["Made", "print_table"]


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was made: bytes, dimensions or pages in words, milliseconds over HTTP."""

    path: Path
    size: int
    dimensions: str
    ms: float


def print_table(console: Console, made: Sequence[Made]) -> None:
    """One line per file."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("file")
    table.add_column("size", justify="right")
    table.add_column("dimensions or pages")
    table.add_column("ms", justify="right")
    for file in made:
        row = (str(file.path), f"{file.size / 1000:,.0f} kB", file.dimensions, f"{file.ms:,.0f}")
        table.add_row(*row)
    console.print(table)
