"""The newest equal renders: of one request, or of many that ask at the same time."""

import asyncio
from collections.abc import Sequence

import orjson
from sqlalchemy import (
    ColumnElement,
    Select,
    TableValuedAlias,
    Text,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import RowMapping

from core.clock import now_us
from core.database import Database
from core.models import artifacts as artifact_rows
from jobs.render.life import RenderLife
from jobs.render.models import renders

__all__ = ["KEPT", "Newest"]

KEPT = "kept_"
"""Before the names of the artifact's columns in a joined row."""
_GATHER = 0.002
"""Seconds in which those who ask gather: one query costs as much for one as for fifty."""

_Group = tuple[str, int | None]
"""Workspace, and the moment that its renders may show."""


class Newest:
    """Joined rows of a render and its artifact, by the render's key."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: dict[_Group, dict[str, asyncio.Future[RowMapping | None]]] = {}
        self._looks: set[asyncio.Task[None]] = set()

    async def one(self, life: RenderLife) -> RowMapping | None:
        """The newest that is still there; None without one."""
        asked = {**_asked(_group(life)), "render_key": life.key}
        async with self._db.read(quick=True) as conn:
            return (await conn.execute(_ONE, asked)).mappings().first()

    async def among_many(self, life: RenderLife) -> RowMapping | None:
        """The same, in one query for all who ask within a moment."""
        group = _group(life)
        asked = self._waiting.get(group)
        if asked is None:
            asked = self._waiting[group] = {}
            look = asyncio.create_task(self._look(group))
            self._looks.add(look)
            look.add_done_callback(self._looks.discard)
        if life.key not in asked:
            asked[life.key] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(asked[life.key])

    async def _look(self, group: _Group) -> None:
        await asyncio.sleep(_GATHER)
        asked = self._waiting.pop(group)
        try:
            found = await self._of(group, list(asked))
        except Exception as error:  # whoever asked is told of it
            for future in asked.values():
                future.set_exception(error)
                future.exception()  # also when nobody waits any more
            return
        for key, future in asked.items():
            future.set_result(found.get(key))

    async def _of(self, group: _Group, keys: Sequence[str]) -> dict[str, RowMapping]:
        wanted = _listed(self._db.dialect, keys)
        newest = (
            select(renders.c.id)
            .join(artifact_rows, artifact_rows.c.id == renders.c.artifact_id)
            .where(*_EQUAL, renders.c.render_key == wanted.c.value)
            .order_by(renders.c.created_us.desc())
            .limit(1)
            .correlate(wanted)
        )
        ids = select(newest.scalar_subquery()).select_from(wanted)
        async with self._db.read() as conn:
            query = _rows().where(renders.c.id.in_(ids))
            rows = (await conn.execute(query, _asked(group))).mappings()
            return {row["render_key"]: row for row in rows}


def _group(life: RenderLife) -> _Group:
    return life.command.workspace_id, life.command.now_us


def _rows() -> Select[tuple[object, ...]]:
    columns = [column.label(f"{KEPT}{column.name}") for column in artifact_rows.c]
    joined = select(renders, *columns)
    return joined.join(artifact_rows, artifact_rows.c.id == renders.c.artifact_id)


_EQUAL: tuple[ColumnElement[bool], ...] = (
    renders.c.workspace_id == bindparam("workspace_id"),
    renders.c.assets.is_not(None),
    # With no moment asked for, the second is never true.
    or_(renders.c.now_us.is_(None), renders.c.now_us == bindparam("shown_us")),
    or_(artifact_rows.c.expires_us.is_(None), artifact_rows.c.expires_us > bindparam("alive_us")),
)
_ONE = (
    _rows()
    .where(*_EQUAL, renders.c.render_key == bindparam("render_key"))
    .order_by(renders.c.created_us.desc())
    .limit(1)
)
"""Every render asks: to build the statement takes longer than to run it."""


def _asked(group: _Group) -> dict[str, object]:
    workspace_id, moment = group
    return {"workspace_id": workspace_id, "shown_us": moment, "alive_us": now_us()}


def _listed(dialect: str, keys: Sequence[str]) -> TableValuedAlias:
    """A table with one column, `value`: one parameter, so that the statement is always the same."""
    listed = orjson.dumps(keys).decode()
    if dialect == "sqlite":
        return func.json_each(listed).table_valued("value")
    lines = func.json_array_elements_text(cast(literal(listed, Text), postgresql.JSON))
    return lines.table_valued("value").render_derived()
