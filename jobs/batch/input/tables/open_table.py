"""From bytes to a table: the kind is told by the bytes, never by a name or a header."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from jobs.batch.input.tables.csv_table import csv_table
from jobs.batch.input.tables.line_table import cells_table, objects_table
from jobs.batch.input.tables.table import Table, wrong

__all__ = ["Kept", "Kind", "kind_of", "open_table"]

Kind = Literal["csv", "objects", "cells", "xlsx"]
_READERS = {"csv": csv_table, "objects": objects_table, "cells": cells_table}
_OTHERS = (b"\xd0\xcf\x11\xe0", b"PK\x05\x06", b"PK\x07\x08", b"%PDF", b"\x1f\x8b")
"""Excel's old files, ZIP's empty and split ones, PDF, gzip."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A table as it is kept: of a kind that is read line by line."""

    kind: Kind
    data: bytes


def kind_of(data: bytes) -> Kind:
    """`xlsx` is for the jail to read first. Raises TableInvalidError for what is none of them."""
    if data.startswith(b"PK\x03\x04"):
        return "xlsx"
    if data.startswith(_OTHERS):
        raise wrong("it is no table but a file of another kind; of Excel's, only .xlsx is read")
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"[":
        raise wrong("it is a JSON list; send JSON Lines, one object on each line")
    return "objects" if start == b"{" else "csv"


def open_table(
    kept: Kept, mappings: Mapping[str, str] | None = None, expected: Collection[str] = ()
) -> Table:
    """A table from its start. `expected`: names of variables. Raises TableInvalidError."""
    return _READERS[kept.kind](kept.data, mappings or {}, expected)
