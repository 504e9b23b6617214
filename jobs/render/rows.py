"""Finished renders as rows: written once, listed newest first, gone with their artifacts."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, func, or_, select

from core.artifacts import Artifact
from core.clock import now_us
from core.database import Database
from core.errors import NotFoundError
from core.listing import Order, Window, in_window
from core.models import artifacts
from jobs.render.command import Kind
from jobs.render.models import renders

__all__ = ["RenderRow", "RenderRows"]


_ORDERS = {"created_us": Order(renders.c.created_us)}
_KEPT = "kept_"
"""Before the names of the artifact's columns in a joined row."""


@dataclass(frozen=True, slots=True)
class RenderRow:
    """A finished render and the artifact that it made. `warnings` are plain JSON objects."""

    id: str
    kind: Kind
    created_us: int
    artifact: Artifact
    width: int
    height: int
    pages: int | None
    frames: int | None
    duration_ms: int | None
    frames_per_second: float | None
    template_uid: str | None
    version: int | None
    layout: str | None
    batch_id: str | None
    warnings: tuple[dict[str, Any], ...]


class RenderRows:
    """The table of renders of every workspace; a workspace sees its own alone."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list(
        self, workspace_id: str, kind: Kind | None, window: Window
    ) -> tuple[list[RenderRow], int]:
        """A window of the workspace's renders, and the count of all."""
        mine = _of(workspace_id, *([renders.c.kind == kind] if kind else []))
        shown = in_window(mine, window, _ORDERS, renders.c.id)
        async with self._db.read() as conn:
            rows = (await conn.execute(shown)).mappings().all()
            total = (await conn.execute(_count(mine))).scalar_one()
        return [_row(found) for found in rows], total

    async def get(self, workspace_id: str, render_id: str, kind: Kind | None = None) -> RenderRow:
        """One render of the workspace. Raises NotFoundError, also when its artifact has gone."""
        kinds = [renders.c.kind == kind] if kind else []
        async with self._db.read() as conn:
            query = _of(workspace_id, renders.c.id == render_id, *kinds)
            found = (await conn.execute(query)).mappings().one_or_none()
        if found is None:
            raise NotFoundError(
                f"No {kind or 'render'} has the id '{render_id[:80]}' in this workspace: it never "
                "existed, was deleted, or has expired"
            )
        return _row(found)


def _of(workspace_id: str, *conditions: ColumnElement[bool]) -> Select[Any]:
    columns = [column.label(f"{_KEPT}{column.name}") for column in artifacts.c]
    alive = or_(artifacts.c.expires_us.is_(None), artifacts.c.expires_us > now_us())
    joined = select(renders, *columns).join(artifacts, artifacts.c.id == renders.c.artifact_id)
    return joined.where(renders.c.workspace_id == workspace_id, alive, *conditions)


def _count(query: Select[Any]) -> Select[int]:
    return query.with_only_columns(func.count(), maintain_column_froms=True)


def _row(found: RowMapping) -> RenderRow:
    artifact = Artifact(**{column.name: found[f"{_KEPT}{column.name}"] for column in artifacts.c})
    plain = {
        name: found[name]
        for name in RenderRow.__dataclass_fields__
        if name not in {"artifact", "warnings"}
    }
    return RenderRow(artifact=artifact, warnings=tuple(found["warnings"]), **plain)
