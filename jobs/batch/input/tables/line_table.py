"""JSON Lines: an object of variables on each line, or the cells that the jail made of a sheet."""

import io
from collections.abc import Collection, Iterator, Mapping
from itertools import chain, islice
from typing import Any

import orjson

from jobs.batch.input.tables.table import SomeCells, Table, wrong

__all__ = ["cells_table", "objects_table"]

SAMPLE = 200
"""Lines whose members are taken for columns; later ones bring no new column."""


def objects_table(data: bytes, mappings: Mapping[str, str], expected: Collection[str]) -> Table:
    """Values keep their types. Raises TableInvalidError when the first line is no object."""
    lines = _objects(data)
    first = list(islice(lines, SAMPLE))
    members = [line for line in first if isinstance(line, dict)]
    if not members:
        raise wrong(first[0] if first and isinstance(first[0], str) else "it has no line")
    columns = list(dict.fromkeys(name for line in members for name in line))
    cells = (_cells(line, columns) for line in chain(first, lines))
    return Table(columns, cells, mappings, expected)


def cells_table(data: bytes, mappings: Mapping[str, str], expected: Collection[str]) -> Table:
    """Lines of JSON lists of texts, the header first."""
    lines: Iterator[list[str]] = (orjson.loads(line) for line in io.BytesIO(data))
    return Table(next(lines, []), lines, mappings, expected)


def _objects(data: bytes) -> Iterator[dict[str, Any] | str]:
    for number, line in enumerate(io.BytesIO(data.removeprefix(b"\xef\xbb\xbf")), 1):
        if not line.strip():
            continue
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield f"line {number} is no JSON: {error.msg}"
            continue
        yield value if isinstance(value, dict) else f"line {number} is no JSON object"


def _cells(line: dict[str, Any] | str, columns: list[str]) -> SomeCells:
    return line if isinstance(line, str) else [line.get(name) for name in columns]
