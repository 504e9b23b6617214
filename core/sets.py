"""Rows written in sets: one statement for all of them, whatever their number.

SQLite is given them one after the other, which costs it next to nothing. To PostgreSQL each would
be a message to write, send, bind and answer, so it is given all in one, as JSON that it reads as
a table.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Insert,
    Table,
    TableValuedAlias,
    Text,
    Update,
    bindparam,
    cast,
    column,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from core.wide_json import to_json

__all__ = ["InsertSet", "UpdateSet"]

_Row = Mapping[str, Any]
_GIVEN = "given"


class InsertSet:
    """Inserts rows that give the columns `names`; `same` is what the others are in every row."""

    def __init__(self, table: Table, names: Iterable[str], **same: ColumnElement[Any]) -> None:
        self._table = table
        self._columns = [table.c[name] for name in names]
        self._same = same

    async def write(self, conn: AsyncConnection, rows: Sequence[_Row]) -> None:
        """Write the rows, in their order, in the caller's unit of work."""
        if not rows:
            return
        if conn.dialect.name == "sqlite":
            await conn.execute(self._of_one, rows)
        else:
            await conn.execute(self._of_all, _for_all(self._columns, rows))

    @cached_property
    def _of_one(self) -> Insert:
        given = {one.name: bindparam(one.name) for one in self._columns}
        return self._table.insert().values({**given, **self._same})

    @cached_property
    def _of_all(self) -> Insert:
        given = _read(self._columns, _listed(self._columns))
        names = [*given, *self._same]
        return self._table.insert().from_select(
            names, select(*given.values(), *self._same.values())
        )


class UpdateSet:
    """Updates the row that `keys` name in each; the columns `names` become what it gives.

    `same` is what other columns become in every row.
    """

    def __init__(
        self, table: Table, keys: Iterable[str], names: Iterable[str], **same: Any
    ) -> None:
        self._table = table
        self._keys = [table.c[name] for name in keys]
        self._columns = [table.c[name] for name in names]
        self._same = same

    async def write(self, conn: AsyncConnection, rows: Sequence[_Row]) -> None:
        """Update the rows in the caller's unit of work. All keys are given, and never the same."""
        if not rows:
            return
        if conn.dialect.name == "sqlite":
            await conn.execute(self._of_one, _for_each(rows))
        else:
            await conn.execute(self._of_all, _for_all([*self._keys, *self._columns], rows))

    @cached_property
    def _of_one(self) -> Update:
        keys = _bound(self._keys)
        return self._statement(keys, _bound(self._columns))

    @cached_property
    def _of_all(self) -> Update:
        # Every key comes from the list. Were one a constant, PostgreSQL might expect few rows of
        # it, and go through the list for each of them.
        listed = _listed([*self._keys, *self._columns])
        return self._statement(_read(self._keys, listed), _read(self._columns, listed))

    def _statement(
        self, keys: Mapping[str, ColumnElement[Any]], new: Mapping[str, ColumnElement[Any]]
    ) -> Update:
        wanted = [self._table.c[name] == value for name, value in keys.items()]
        return update(self._table).where(*wanted).values({**new, **self._same})


def _bound(columns: Iterable[Column[Any]]) -> dict[str, ColumnElement[Any]]:
    return {one.name: bindparam(f"{_GIVEN}_{one.name}", type_=one.type) for one in columns}


def _for_each(rows: Iterable[_Row]) -> list[dict[str, Any]]:
    return [{f"{_GIVEN}_{name}": value for name, value in row.items()} for row in rows]


def _listed(columns: Iterable[Column[Any]]) -> TableValuedAlias:
    """The table that one parameter holds; JSON within it is text, which may be any JSON."""
    types = [column(one.name, Text if _is_json(one) else one.type) for one in columns]
    text = cast(bindparam(_GIVEN, type_=Text), JSON)
    listed = func.json_to_recordset(text).table_valued(*types, name=_GIVEN)
    return listed.render_derived(with_types=True)


def _read(
    columns: Iterable[Column[Any]], listed: TableValuedAlias
) -> dict[str, ColumnElement[Any]]:
    return {
        one.name: cast(listed.c[one.name], JSON) if _is_json(one) else listed.c[one.name]
        for one in columns
    }


def _for_all(columns: Sequence[Column[Any]], rows: Iterable[_Row]) -> dict[str, str]:
    plain = [one.name for one in columns if not _is_json(one)]
    wide = [one for one in columns if _is_json(one)]
    listed = [
        {name: row[name] for name in plain} | {one.name: _text(one, row[one.name]) for one in wide}
        for row in rows
    ]
    return {_GIVEN: to_json(listed).decode()}


def _text(of: Column[Any], value: Any) -> str | None:
    nothing = value is None and isinstance(of.type, JSON) and of.type.none_as_null
    # As SQLAlchemy would write it, down to the spaces: such columns are also searched as text.
    return None if nothing else json.dumps(value)


def _is_json(of: Column[Any]) -> bool:
    return isinstance(of.type, JSON)
