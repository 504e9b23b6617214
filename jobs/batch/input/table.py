"""Tables as people send them: CSV with its encoding and separator found out, bounded everywhere."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import FieldError
from jobs.batch.errors import TableInvalidError

__all__ = ["Table", "TableRow"]

SEPARATORS = ",;\t|"
MOST_COLUMNS = 500
LONGEST_CELL = 5_000_000
csv.field_size_limit(LONGEST_CELL)  # Python's own 128 kB are too few for a picture as data
SAMPLE = 20
"""Lines that the separator is judged by."""
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row as variables. `error` says why it cannot be used, whatever `variables` hold."""

    variables: Mapping[str, Any]
    error: str | None = None


class Table:
    """A CSV file with a header line. `mappings`: variable -> column; empty takes every column.

    A cell without text counts as not given, so that a variable's default applies.
    """

    def __init__(self, data: bytes, mappings: Mapping[str, str] | None = None) -> None:
        """Read encoding, separator and header. Raises TableInvalidError."""
        self._text = _decoded(data)
        self.separator = _separator(self._text)
        self.columns = self._header()
        self._places = self._placed(mappings or {})

    def rows(self) -> Iterator[TableRow]:
        """Every row after the header that is not blank."""
        lines = self._lines()
        next(lines)
        while True:
            try:
                cells = next(lines)
            except StopIteration:
                return
            except csv.Error as error:
                yield TableRow({}, f"the row cannot be read: {error}")
                continue
            if any(cell.strip() for cell in cells):
                yield self._row(cells)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that its rows may have."""
        return tuple(self._places)

    def _row(self, cells: Sequence[str]) -> TableRow:
        found = {
            name: cells[place]
            for name, place in self._places.items()
            if place < len(cells) and cells[place] != ""
        }
        if any(cell.strip() for cell in cells[len(self.columns) :]):
            return TableRow(
                found, f"the row has {len(cells)} cells and the header {len(self.columns)}"
            )
        return TableRow(found)

    def _lines(self) -> Iterator[list[str]]:
        # newline="" leaves line breaks within quotes as they are.
        return csv.reader(io.StringIO(self._text, newline=""), delimiter=self.separator)

    def _header(self) -> tuple[str, ...]:
        try:
            names = tuple(name.strip() for name in next(self._lines(), ()))
        except csv.Error as error:
            raise _wrong(f"its first line cannot be read: {error}") from error
        if not any(names):
            raise _wrong("its first line names no column")
        if len(names) > MOST_COLUMNS:
            raise _wrong(f"it has {len(names)} columns, and {MOST_COLUMNS} is the most")
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if twice:
            raise _wrong(f"the column {twice[0][:60]!r} is there twice")
        return names

    def _placed(self, mappings: Mapping[str, str]) -> dict[str, int]:
        if not mappings:
            return {name: place for place, name in enumerate(self.columns) if name}
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

    def _shown(self) -> str:
        return ", ".join(repr(name[:60]) for name in self.columns[:50])


def _decoded(data: bytes) -> str:
    """UTF-8, UTF-16 by its mark, else what Excel writes on Windows."""
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _separator(text: str) -> str:
    """The separator that cuts the first lines into equally many cells, the more the better."""
    sample = text[:65_536]

    def worth(separator: str) -> tuple[int, int]:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
        try:
            widths = [len(cells) for cells, _ in zip(reader, range(SAMPLE), strict=False) if cells]
        except csv.Error:
            return (0, 0)
        first = widths[0] if widths else 0
        return (sum(width == first for width in widths) if first > 1 else 0, first)

    return max(SEPARATORS, key=worth)


def _wrong(why: str) -> TableInvalidError:
    return TableInvalidError(
        f"The table cannot be used: {why}. Send CSV whose first line names the columns.",
        fields=[FieldError("csv", why, "invalid_table")],
    )
