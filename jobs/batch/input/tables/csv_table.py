"""CSV and TSV with encoding, separator and header found out, read a line at a time."""

import codecs
import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, islice

from jobs.batch.input.tables.likeness import plain
from jobs.batch.input.tables.table import LONGEST_CELL, SomeCells, Table, wrong

__all__ = ["csv_table"]

SEPARATORS = ",;\t|"
SAMPLE = 20
"""Lines that the separator and the header are judged by."""
csv.field_size_limit(LONGEST_CELL)  # Python's own 128 kB are too few for a picture as data
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_PIECE = 1 << 16


def csv_table(data: bytes, mappings: Mapping[str, str], expected: Collection[str]) -> Table:
    """Raises TableInvalidError for a header that cannot be used."""
    encoding = _encoding(data)
    start = data[: _PIECE * 2].decode(encoding, "replace").removeprefix("\ufeff")
    named, skipped = _named_separator(start)
    separator = named or _separator(start)
    lines = _lines(data, encoding, separator, skipped)
    first = list(islice(lines, SAMPLE))
    place = _header_place(first, {plain(name) for name in (*expected, *mappings.values())})
    if place is None:
        raise wrong("its first line names no column")
    header = first[place]
    if isinstance(header, str):
        raise wrong(f"its first line cannot be read: {header}")
    names = [str(cell) for cell in header]
    rest = chain(first[place + 1 :], lines)
    # Who separates cells by semicolons does so because the comma is in the numbers.
    return Table(names, rest, mappings, expected, decimal_comma=separator == ";")


def _lines(data: bytes, encoding: str, separator: str, skipped: int) -> Iterator[SomeCells]:
    # newline="" leaves line breaks within quotes as they are.
    text = io.TextIOWrapper(io.BytesIO(data), encoding, "replace", newline="")
    ended = False

    def to_the_end() -> Iterator[str]:
        nonlocal ended
        yield from text
        ended = True

    reader = csv.reader(to_the_end(), delimiter=separator)
    for _ in range(skipped):
        next(reader, None)
    while True:
        begun = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield f"the row that begins in line {begun} cannot be read: {error}"
            continue
        # A whole row is given before another line is asked for.
        yield _never_closed(cells[-1], reader.line_num) if ended else cells


def _never_closed(cell: str, last: int) -> str:
    lines = len(io.StringIO(cell, newline="").readlines()) or 1
    return (
        f"the quote that line {last + 1 - lines} opens is never closed, so it takes all lines "
        "after it: close it there"
    )


def _encoding(data: bytes) -> str:
    """UTF-8, UTF-16 by its mark or its many zeros, else what Excel writes on Windows."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    head = data[:2000]
    if head and head[1::2].count(0) > len(head) * 0.3:
        return "utf-16-le"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), _PIECE):
            decoder.decode(data[at : at + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _named_separator(start: str) -> tuple[str | None, int]:
    """What Excel's own first line `sep=;` says, and how many lines to skip for it."""
    line = start.split("\n", 1)[0].strip().lower().strip('"')
    if line.startswith("sep=") and len(line) == 5:
        return line[4], 1
    return ("\t", 1) if line == "sep=" and "\t" in start else (None, 0)


def _separator(start: str) -> str:
    """The separator that cuts the first lines into equally many cells, the more the better."""

    def worth(separator: str) -> tuple[int, int]:
        reader = csv.reader(io.StringIO(start, newline=""), delimiter=separator)
        try:
            widths = [len(cells) for cells, _ in zip(reader, range(SAMPLE), strict=False) if cells]
        except csv.Error:
            return (0, 0)
        usual = max(set(widths), key=widths.count) if widths else 0
        return (sum(width == usual for width in widths) if usual > 1 else 0, usual)

    return max(SEPARATORS, key=worth)


def _header_place(lines: Sequence[SomeCells], names: Collection[str]) -> int | None:
    """The line that names most of what is asked for, below a title perhaps; else the first."""

    def known(cells: SomeCells) -> int:
        return sum(plain(str(cell)) in names for cell in cells) if not isinstance(cells, str) else 0

    filled = [n for n, cells in enumerate(lines) if isinstance(cells, str) or any(
        str(cell).strip() for cell in cells)]  # fmt: skip
    if not filled:
        return None
    best = max(filled, key=lambda number: known(lines[number]))
    return best if known(lines[best]) else filled[0]
