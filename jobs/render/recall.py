"""A render that was made before is not drawn again: its answer comes from the store."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from sqlalchemy import RowMapping, Select, bindparam, or_, select

from core.artifacts import Artifact, Artifacts
from core.clock import now_us
from core.database import Database
from core.errors import NotFoundError
from core.models import artifacts as artifact_rows
from jobs.render.life import RenderLife
from jobs.render.missing import missing_photos
from jobs.render.models import renders
from jobs.render.store import RenderStore
from renderer.request import AssetUse, RenderRequest, RenderResult, UrlSource, Warn

__all__ = ["Recall"]

Unchanged = Callable[[RenderRequest, Sequence[AssetUse]], Awaitable[bool]]
"""Whether what a render used from outside is what it was."""

_KEPT = "kept_"
"""Before the names of the artifact's columns in a joined row."""


class Recall:
    """Finds the newest render of the same key that is still true, and shares its bytes."""

    def __init__(
        self, db: Database, artifacts: Artifacts, store: RenderStore, unchanged: Unchanged
    ) -> None:
        self._db = db
        self._artifacts = artifacts
        self._store = store
        self._unchanged = unchanged

    async def answer(self, life: RenderLife) -> bool:
        """Fill in what an equal render left, under this render's own id; False without one.

        Its artifact is the caller's own, with an address and an end of its own: only the bytes
        are shared, and go with the last artifact that names them.
        """
        if life.command.fresh or not _may_be_known(life):
            return False
        async with self._db.read(quick=True) as conn:
            row = (await conn.execute(_EQUAL, _asked(life))).mappings().first()
        if row is None or _refused(life, row):
            return False
        artifact = _artifact(row)
        data = await self._bytes(life, artifact)
        if data is None or not await self._holds(life, row):
            return False
        life.result, life.cached = _result(row, artifact, data), True
        life.data = replace(life.data, warnings=())  # the row has them all
        if life.command.store and not await self._shared(life, artifact):
            life.result, life.cached = None, False
        return life.cached

    async def _bytes(self, life: RenderLife, artifact: Artifact) -> bytes | None:
        """The bytes, or none of them if they are not wanted; None when the store lost them."""
        try:
            if life.command.wants_bytes:
                return await self._artifacts.read(artifact)
        except NotFoundError:
            return None
        return b"" if await self._artifacts.exists(artifact) else None

    async def _holds(self, life: RenderLife, row: RowMapping) -> bool:
        assert life.request is not None
        used = [
            AssetUse(url, tuple((name, value) for name, value in headers), digest)
            for url, headers, digest in row["assets"]
        ]
        return await self._unchanged(replace(life.request, account=life.id), used)

    async def _shared(self, life: RenderLife, artifact: Artifact) -> bool:
        twin = self._artifacts.twin(artifact, life.command.expires_in)
        async with self._db.write(quick=True) as conn:
            if not await self._artifacts.share(conn, artifact, twin):
                return False  # it was deleted a moment ago
            await self._store.write(conn, life, twin)
        return True


def _may_be_known(life: RenderLife) -> bool:
    """Live pages are never kept, and what scripts show is kept for one moment alone."""
    assert life.request is not None
    timeless = life.command.now_us is None and life.request.environment.javascript
    return not (timeless or isinstance(life.request.source, UrlSource))


def _refused(life: RenderLife, row: RowMapping) -> bool:
    """A render that fails on warnings is drawn, so that it fails as it would without us."""
    if any(warn["code"] in life.command.fail_on_warnings for warn in row["warnings"]):
        return True
    warnings = [Warn(**warning) for warning in row["warnings"]]
    missing = missing_photos(life.resolved, life.data, warnings)
    return life.command.on_missing == "fail" and bool(missing)


def _equal() -> Select[tuple[object, ...]]:
    columns = [column.label(f"{_KEPT}{column.name}") for column in artifact_rows.c]
    ends = artifact_rows.c.expires_us
    return (
        select(renders, *columns)
        .join(artifact_rows, artifact_rows.c.id == renders.c.artifact_id)
        .where(
            renders.c.workspace_id == bindparam("workspace_id"),
            renders.c.render_key == bindparam("render_key"),
            renders.c.assets.is_not(None),
            # With no moment asked for, the second is never true.
            or_(renders.c.now_us.is_(None), renders.c.now_us == bindparam("shown_us")),
            or_(ends.is_(None), ends > bindparam("alive_us")),
        )
        .order_by(renders.c.created_us.desc())
        .limit(1)
    )


_EQUAL = _equal()
"""Every render asks: to build the statement takes longer than to run it."""


def _asked(life: RenderLife) -> dict[str, object]:
    return {
        "workspace_id": life.command.workspace_id,
        "render_key": life.key,
        "shown_us": life.command.now_us,
        "alive_us": now_us(),
    }


def _artifact(row: RowMapping) -> Artifact:
    return Artifact(**{column.name: row[f"{_KEPT}{column.name}"] for column in artifact_rows.c})


def _result(row: RowMapping, artifact: Artifact, data: bytes) -> RenderResult:
    return RenderResult(
        data=data,
        media_type=artifact.media_type,
        extension=artifact.extension,
        width=row["width"],
        height=row["height"],
        pages=row["pages"],
        frames=row["frames"],
        duration_ms=row["duration_ms"],
        frames_per_second=row["frames_per_second"],
        warnings=tuple(Warn(**warning) for warning in row["warnings"]),
        engine=row["engine"],
        assets=tuple(
            AssetUse(url, tuple(headers), digest) for url, headers, digest in row["assets"]
        ),
        shows_now=row["now_us"] is not None,
    )
