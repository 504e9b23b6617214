"""A render that was made before is not drawn again: its answer comes from the store."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from sqlalchemy import RowMapping

from core.artifacts import Artifact, Artifacts
from core.database import Database
from core.errors import NotFoundError
from core.models import artifacts as artifact_rows
from jobs.render.life import RenderLife
from jobs.render.missing import missing_photos
from jobs.render.newest import KEPT, Newest
from jobs.render.store import RenderStore
from renderer.request import AssetUse, RenderRequest, RenderResult, UrlSource, Warn

__all__ = ["Recall"]

Unchanged = Callable[[RenderRequest, Sequence[AssetUse]], Awaitable[bool]]
"""Whether what a render used from outside is what it was."""


class Recall:
    """Finds the newest render of the same key that is still true, and shares its bytes."""

    def __init__(
        self, db: Database, artifacts: Artifacts, store: RenderStore, unchanged: Unchanged
    ) -> None:
        self._db = db
        self._artifacts = artifacts
        self._store = store
        self._unchanged = unchanged
        self._newest = Newest(db)

    async def answer(self, life: RenderLife) -> bool:
        """Fill in what an equal render left, under this render's own id; False without one.

        Its artifact is the caller's own, with an address and an end of its own: only the bytes
        are shared, and go with the last artifact that names them. Who has no key gets the bytes
        and nothing else.
        """
        if not await self._filled(life, self._newest.one):
            return False
        keeps = life.command.store and not life.command.keyless
        if keeps and not await self._shared(life):
            life.result, life.cached = None, False
        return life.cached

    async def prepare(self, life: RenderLife) -> bool:
        """As `answer` among many others; the caller writes the row, by `RenderStore.write_all`."""
        return await self._filled(life, self._newest.among_many)

    async def _filled(
        self, life: RenderLife, newest: Callable[[RenderLife], Awaitable[RowMapping | None]]
    ) -> bool:
        if life.command.fresh or not _may_be_known(life):
            return False
        row = await newest(life)
        if row is None or _refused(life, row):
            return False
        artifact = _artifact(row)
        data = await self._bytes(life, artifact)
        if data is None or not await self._holds(life, row):
            return False
        life.result, life.cached = _result(row, artifact, data), True
        life.original = artifact
        life.data = replace(life.data, warnings=())  # the row has them all
        return True

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

    async def _shared(self, life: RenderLife) -> bool:
        assert life.original is not None
        twin = self._artifacts.twin(life.original, life.command.expires_in)
        async with self._db.write(quick=True) as conn:
            if not await self._artifacts.share(conn, life.original, twin):
                return False  # it was deleted a moment ago
            await self._store.write(conn, life, twin)
        return True


def _may_be_known(life: RenderLife) -> bool:
    """Live pages are never kept, and what scripts show is kept for one moment alone."""
    assert life.request is not None
    request = life.request
    scripts = request.environment.javascript
    timeless = life.command.now_us is None and scripts
    # No clock stands still for a function of the caller's where a document has no scripts.
    running = request.output.wait.function is not None and not scripts
    return not (timeless or running or isinstance(request.source, UrlSource))


def _refused(life: RenderLife, row: RowMapping) -> bool:
    """A render that fails on warnings is drawn, so that it fails as it would without us."""
    if any(warn["code"] in life.command.fail_on_warnings for warn in row["warnings"]):
        return True
    warnings = [Warn(**warning) for warning in row["warnings"]]
    missing = missing_photos(life.resolved, life.data, warnings)
    return life.command.on_missing == "fail" and bool(missing)


def _artifact(row: RowMapping) -> Artifact:
    return Artifact(**{column.name: row[f"{KEPT}{column.name}"] for column in artifact_rows.c})


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
