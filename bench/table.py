"""The results as a table for people."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bench.figures import Row

__all__ = ["MARKS", "console", "show"]

MARKS = {"same": "", "re-authored": " [1]", "older CSS": " [2]"}
_NOTES = {
    "re-authored": "[1] draws a card that was written again for it, not the template's HTML",
    "older CSS": "[2] does not know this CSS: its picture looks different, its cells are right",
}
_HEADINGS = (
    "at once",
    "renders/s",
    "ratio",
    "p50",
    "p95",
    "p99 ms",
    "CPU s",
    "kB",
    "PSS MB",
    "first s",
)


def console() -> Console:
    """Standard output, wide enough for our tables also where it is a file."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=110)


def show(rows: Sequence[Row]) -> None:
    """Print one table for all cases, and what its marks mean."""
    table = Table(title="Every render has other data; every answer was checked", pad_edge=False)
    table.add_column("")
    for heading in _HEADINGS:
        table.add_column(heading, justify="right")
    case = ""
    for row in rows:
        if row.case != case:
            table.add_section()
            table.add_row(f"[bold]{row.case}[/]")
            case = row.case
        table.add_row(*_cells(row))
    console().print(table)
    for likeness, note in _NOTES.items():
        if any(row.likeness == likeness for row in rows):
            print(note)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        "  " + row.contender + MARKS[row.likeness].replace("[", "\\["),
        str(row.at_once),
        f"{row.renders_per_second:.1f}",
        f"{row.ratio:.1f}x" if row.ratio is not None else "-",
        f"{row.p50_ms:.0f}",
        f"{row.p95_ms:.0f}",
        f"{row.p99_ms:.0f}",
        f"{row.cpu_seconds:.3f}",
        f"{row.median_bytes / 1000:.0f}",
        f"{row.peak_pss_mb:.0f}",
        f"{row.first_render_seconds:.1f}",
    )
