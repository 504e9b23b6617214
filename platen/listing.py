"""A table on the terminal or in a pipe: every value whole, columns aligned, nothing else."""

from collections.abc import Sequence

import typer

from core.leaving import log_text

__all__ = ["print_table"]


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a line of titles and a line per row; what is empty is shown as `-`."""
    table = [tuple(titles), *(tuple(log_text(value) or "-" for value in row) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(titles))]
    for line in table:
        cells = (value.ljust(width) for value, width in zip(line, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())
