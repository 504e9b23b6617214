"""What all kinds of tables have in common: a header, a mapping, and rows of variables."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import FieldError
from jobs.batch.errors import TableInvalidError
from jobs.batch.input.tables.likeness import plain

__all__ = ["LONGEST_CELL", "MOST_COLUMNS", "SomeCells", "Table", "TableRow", "wrong"]

MOST_COLUMNS = 500
LONGEST_CELL = 5_000_000
"""Characters: a picture as data has many."""
LONGEST_NAME = 300
"""Characters of a column's name."""

SomeCells = Sequence[Any] | str
"""The cells of one line, or why it cannot be read."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row as variables. `error` says why it cannot be used, whatever `variables` hold."""

    variables: Mapping[str, Any]
    error: str | None = None


class Table:
    """A header and the lines after it. `mappings`: variable -> column; empty takes every column.

    A column whose name differs from an expected variable's in case, spaces or accents alone is
    that variable's. A cell without text counts as not given, so that a default applies.
    """

    def __init__(
        self,
        columns: Sequence[str],
        lines: Iterator[SomeCells],
        mappings: Mapping[str, str],
        expected: Collection[str] = (),
        *,
        decimal_comma: bool = False,
    ) -> None:
        """Judge the header. Raises TableInvalidError."""
        self.decimal_comma = decimal_comma
        self.columns = _judged(columns)
        self._lines = lines
        self._places = self._placed(mappings, expected)

    def rows(self) -> Iterator[TableRow]:
        """Every line after the header that is not blank; once."""
        for cells in self._lines:
            if isinstance(cells, str):
                yield TableRow({}, cells)
            elif any(_said(cell) for cell in cells):
                yield self._row(cells)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that its rows may have."""
        return tuple(self._places)

    def column_of(self, variable: str) -> str | None:
        """The column that a variable comes from."""
        place = self._places.get(variable)
        return None if place is None else self.columns[place]

    def _row(self, cells: Sequence[Any]) -> TableRow:
        found = {
            name: cells[place]
            for name, place in self._places.items()
            if place < len(cells) and cells[place] is not None and cells[place] != ""
        }
        if any(_said(cell) for cell in cells[len(self.columns) :]):
            return TableRow(
                found, f"the row has {len(cells)} cells and the header {len(self.columns)}"
            )
        if any(isinstance(value, str) and len(value) > LONGEST_CELL for value in found.values()):
            return TableRow({}, f"a cell has more than {LONGEST_CELL} characters")
        return TableRow(found)

    def _placed(self, mappings: Mapping[str, str], expected: Collection[str]) -> dict[str, int]:
        if not mappings:
            return self._by_name(expected)
        unknown = {name: column for name, column in mappings.items() if column not in self.columns}
        if unknown:
            raise TableInvalidError(
                f"mappings names columns that the table does not have: it has {self._shown()}",
                fields=[
                    FieldError(f"mappings.{name}", f"there is no column {column[:60]!r}", "unknown")
                    for name, column in unknown.items()
                ],
            )
        return {name: self.columns.index(column) for name, column in mappings.items()}

    def _by_name(self, expected: Collection[str]) -> dict[str, int]:
        same = {plain(name): name for name in expected if name not in self.columns}
        return {
            same.pop(plain(name), name): place for place, name in enumerate(self.columns) if name
        }

    def _shown(self) -> str:
        return ", ".join(repr(name[:60]) for name in self.columns[:50])


def wrong(why: str) -> TableInvalidError:
    """The error of a table that cannot be used."""
    return TableInvalidError(
        f"The table cannot be used: {why}. Send CSV, XLSX or JSON Lines whose first line names the "
        "columns.",
        fields=[FieldError("csv", why, "invalid_table")],
    )


def _judged(columns: Sequence[str]) -> tuple[str, ...]:
    names = tuple(str(name).strip() for name in columns)
    while names and not names[-1]:
        names = names[:-1]
    if not any(names):
        raise wrong("its first line names no column")
    if len(names) > MOST_COLUMNS:
        raise wrong(f"it has more than {MOST_COLUMNS} columns")
    if any(len(name) > LONGEST_NAME for name in names):
        raise wrong(f"a column's name has more than {LONGEST_NAME} characters")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise wrong(f"the column {twice[0][:60]!r} is there twice")
    return names


def _said(cell: Any) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None
