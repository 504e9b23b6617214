"""A batch as a table: one line for each item, with the values of its row."""

import csv
import io
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from core.leaving import csv_cell
from jobs.batch.results.names import Names
from jobs.batch.results.walk import WalkedItem

__all__ = ["HEADER", "line_of", "report", "spreadsheet_line"]

HEADER = (
    "index", "row", "layout", "status", "file", "url", "width", "height", "pageCount", "size",
    "warnings", "code", "error",
)  # fmt: skip
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Excel takes a table without it for the machine's old encoding."""
_AT_ONCE = 200


async def report(
    items: AsyncIterator[WalkedItem], names: Names, columns: Sequence[str]
) -> AsyncIterator[bytes]:
    """CSV in UTF-8: the item's own columns, then `columns` of its row."""
    lines = [_MARK + spreadsheet_line([*HEADER, *(f"variables.{name}" for name in columns)])]
    async for item in items:
        line = line_of(item, names)
        values = [item.variables.get(name) for name in columns]
        lines.append(spreadsheet_line([*(line[name] for name in HEADER), *values]))
        if len(lines) >= _AT_ONCE:
            yield "".join(lines).encode()
            lines = []
    yield "".join(lines).encode()


def line_of(item: WalkedItem, names: Names) -> dict[str, Any]:
    """An item's members by the names of HEADER; `file` is its name in the archive."""
    row = item.row
    made = item.state == "completed" and item.artifact is not None
    return {
        "index": row["item_index"],
        "row": row["row_number"],
        "layout": row["layout"] or "default",
        "status": item.state,
        "file": names.take(item.own, item.variables, item.artifact.extension)
        if made and item.artifact
        else None,
        "url": row["url"] if made else None,
        "width": row["width"],
        "height": row["height"],
        "pageCount": row["pages"],
        "size": row["size"],
        "warnings": " ".join(dict.fromkeys(warn["code"] for warn in row["warnings"] or ())),
        "code": row["code"],
        "error": row["error"],
    }


def spreadsheet_line(values: Sequence[Any]) -> str:
    """One line of CSV; a text that a spreadsheet would run as a formula stays a text."""
    out = io.StringIO(newline="")
    csv.writer(out).writerow([_cell(value) for value in values])
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (Mapping, list, tuple)):
        return csv_cell(json.dumps(value, ensure_ascii=False))
    text = str(value).encode("utf-8", "replace").decode()
    return csv_cell(text) if isinstance(value, str) else text
