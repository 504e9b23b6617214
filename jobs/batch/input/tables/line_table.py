"""JSON Lines: an object of variables on each line, or the cells that the jail made of a sheet."""

import io
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import orjson

from jobs.batch.input.tables.table import MOST_COLUMNS, SomeCells, Table, wrong

__all__ = ["cells_table", "objects_table"]


def objects_table(data: bytes, mappings: Mapping[str, str], expected: Collection[str]) -> Table:
    """Values keep their types. Raises TableInvalidError when no line is an object with members."""
    columns = _columns(data)
    if not columns:
        faults = (line for line in _objects(data) if isinstance(line, str))
        raise wrong(next(faults, "its lines name no column"))
    cells = (_cells(line, columns) for line in _objects(data))
    return Table(columns, cells, mappings, expected)


def cells_table(data: bytes, mappings: Mapping[str, str], expected: Collection[str]) -> Table:
    """Lines of JSON lists of texts, the header first."""
    lines: Iterator[list[str]] = (orjson.loads(line) for line in io.BytesIO(data))
    return Table(next(lines, []), lines, mappings, expected)


def _columns(data: bytes) -> list[str]:
    """The members of all lines: one that is there for the first time may come late."""
    found: dict[str, None] = {}
    for line in _objects(data):
        if isinstance(line, dict):
            found.update(dict.fromkeys(name.strip() for name in line))
        if len(found) > MOST_COLUMNS:
            break
    return list(found)


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
    if isinstance(line, str):
        return line
    named = {name.strip(): value for name, value in line.items()}
    return [named.get(name) for name in columns]
