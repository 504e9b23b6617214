"""Rows against their template, before anything is rendered."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.depth import is_deep
from core.errors import FieldError, PlatenError
from jobs.batch.command import ItemOptions
from jobs.batch.errors import RowsRefusedError, TableInvalidError
from jobs.batch.input.tables import Table, TableRow
from jobs.render.errors import UnknownLayoutError
from templates_store.check import check_variables
from templates_store.templates import Resolved

__all__ = ["PreparedRow", "prepare_row", "problems_of", "refuse_strangers", "refuse_wrong"]

MOST_SHOWN = 50
_GERMAN = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class PreparedRow:
    """A row as it is kept. `problem` says why its items fail without being rendered."""

    variables: Mapping[str, Any]
    problem: PlatenError | None = None


def prepare_row(row: TableRow, resolved: Resolved, *, decimal_comma: bool = False) -> PreparedRow:
    """Check a row's variables as the render will; the row keeps what was sent, unless too deep.

    `decimal_comma`: a number may be written `1.234,50`; it is kept as `1234.50`.
    """
    if row.error is not None:
        return PreparedRow(row.variables, TableInvalidError(row.error))
    variables = _with_points(row.variables, resolved) if decimal_comma else row.variables
    try:
        check_variables(resolved.definitions, variables, strict=resolved.strict)
    except PlatenError as error:
        return PreparedRow(_without_deep(variables), error)
    return PreparedRow(variables)


def _without_deep(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """What can be kept, and told again, as JSON."""
    return {name: value for name, value in variables.items() if not is_deep(value)}


def _with_points(variables: Mapping[str, Any], resolved: Resolved) -> Mapping[str, Any]:
    numbers = {
        definition.name: variables[definition.name]
        for definition in resolved.definitions
        if definition.type == "number" and definition.name in variables
    }
    mended = {
        name: text.strip().replace(".", "").replace(",", ".")
        for name, text in numbers.items()
        if isinstance(text, str) and _GERMAN.fullmatch(text.strip())
    }
    return {**variables, **mended} if mended else variables


def refuse_wrong(rows: Iterable[PreparedRow]) -> None:
    """Raise RowsRefusedError when any row is wrong; it names the first fifty fields."""
    fields: list[FieldError] = []
    wrong = 0
    for number, row in enumerate(rows):
        if row.problem is not None:
            wrong += 1
            fields += _fields(number, row.problem)
    if wrong:
        raise RowsRefusedError(
            f"{wrong} row{'s do' if wrong > 1 else ' does'} not fit the template, and onError is "
            "stop: mend them, or send onError continue to render the others",
            fields=fields[:MOST_SHOWN],
        )


def refuse_strangers(table: Table, resolved: Resolved) -> None:
    """Raise TableInvalidError when no column is a variable of the template, or mappings are not."""
    known = {definition.name for definition in resolved.definitions}
    if not known or known.intersection(table.variables):
        return
    raise TableInvalidError(
        f"None of the table's columns {_listed(table.columns)} is a variable of the template, "
        f"which has {_listed(sorted(known))}: name columns in mappings, {{variable: column}}",
        fields=[FieldError("mappings", "no column is a variable of the template", "no_match")],
    )


def problems_of(
    first_row: int, rows: Sequence[PreparedRow], options: ItemOptions
) -> dict[int, PlatenError]:
    """Index -> why an item fails without being rendered; each row is an item in every layout."""
    layouts = options.layouts
    strangers = [_stranger(layout, options) for layout in layouts]
    if not any(strangers) and all(row.problem is None for row in rows):
        return {}
    found = {
        (first_row + offset) * len(layouts) + place: row.problem or stranger
        for offset, row in enumerate(rows)
        for place, stranger in enumerate(strangers)
    }
    return {index: problem for index, problem in found.items() if problem is not None}


def _stranger(layout: str | None, options: ItemOptions) -> PlatenError | None:
    if layout not in options.unknown_layouts:
        return None
    return UnknownLayoutError(f"The template has no layout '{layout}'")


def _fields(number: int, problem: PlatenError) -> list[FieldError]:
    at = f"variableSets[{number}]"
    if not problem.fields:
        return [FieldError(at, problem.message, problem.code)]
    return [
        FieldError(f"{at}.{one.field.removeprefix('variables.')}", one.message, one.code)
        for one in problem.fields
    ]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name[:60]) for name in names[:30])
