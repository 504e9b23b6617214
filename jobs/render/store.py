"""The last step of a render: artifact, row and event become true together, or not at all."""

from contextlib import suppress
from dataclasses import asdict
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from core.artifacts import Artifact, Artifacts
from core.database import Database
from core.errors import (
    ContentError,
    OverloadedError,
    PlatenError,
    ServiceError,
    StorageUnavailableError,
)
from core.idempotency import protect
from jobs.render.events import completed, failed
from jobs.render.life import RenderLife
from jobs.render.models import renders
from jobs.webhooks.match import announce
from renderer.request import RenderResult

__all__ = ["RenderStore"]

_INSERT = renders.insert()
_PASSING = frozenset({"asset_failed", "blocked_request", "image_failed", "network_not_idle"})
"""Warnings of what may be otherwise the next time: such an answer is given to nobody else."""


class RenderStore:
    """Writes what a finished render leaves behind."""

    def __init__(self, db: Database, artifacts: Artifacts) -> None:
        self._db = db
        self._artifacts = artifacts

    async def keep(self, life: RenderLife) -> None:
        """Keep the artifact, unless the caller said `store: false`.

        Raises StorageUnavailableError; then there is no row, and bytes that nobody else has kept
        are taken back.
        """
        assert life.flight is not None
        if not life.command.store:
            return
        uploaded = await life.flight.uploaded(lambda result: self._uploaded(life, result))
        twin = self._artifacts.twin(uploaded, life.command.expires_in)
        async with self._db.write(quick=True) as conn:
            await self._artifacts.record(conn, twin)
            await self.write(conn, life, twin)
        life.flight.kept = True

    async def write(self, conn: AsyncConnection, life: RenderLife, artifact: Artifact) -> None:
        """The render's row and event, and the answer under its Idempotency-Key, if it has one."""
        life.artifact, life.url = artifact, self._artifacts.url(artifact)
        done = life.rendered()
        await conn.execute(_INSERT, _row(life))
        await announce(conn, completed(life.command, done))
        await protect(conn, done)

    async def _uploaded(self, life: RenderLife, result: RenderResult) -> Artifact:
        return await self._artifacts.upload(
            life.command.workspace_id,
            result.data,
            media_type=result.media_type,
            extension=result.extension,
        )

    async def tell_failure(self, life: RenderLife, error: PlatenError) -> None:
        """`render.failed`, to whoever listens; a refused request is no render that failed.

        An item of a batch was accepted long ago, so whatever ends it is told, once.
        """
        if not life.command.store or _comes_again(life, error):
            return
        began = "draw" in life.timings and isinstance(error, ContentError | ServiceError)
        if not (began or life.command.batch_id):
            return
        event = failed(life.command, life.id, life.accepted_us, error)
        with suppress(StorageUnavailableError):  # the caller is owed the first error, not this one
            async with self._db.write(quick=True) as conn:
                await announce(conn, event)


def _comes_again(life: RenderLife, error: PlatenError) -> bool:
    """Whether the item of a batch will be tried again after this error."""
    if life.command.batch_id is None:
        return False
    if isinstance(error, OverloadedError | StorageUnavailableError):
        return True
    return isinstance(error, ServiceError) and not life.command.last_try


def _row(life: RenderLife) -> dict[str, Any]:
    done = life.rendered()
    result, artifact, command = done.result, done.artifact, life.command
    assert artifact is not None
    assert life.request is not None
    return {
        "id": done.id,
        "workspace_id": command.workspace_id,
        "kind": command.kind,
        "artifact_id": artifact.id,
        "render_key": life.key,
        "template_uid": done.template_uid,
        "version": done.version,
        "layout": done.layout,
        "batch_id": command.batch_id,
        "item_index": command.item_index,
        "width": result.width,
        "height": result.height,
        "pages": result.pages,
        "frames": result.frames,
        "duration_ms": result.duration_ms,
        "frames_per_second": result.frames_per_second,
        "warnings": [_plain(warn) for warn in done.warnings],
        "timings": done.timings,
        "engine": result.engine,
        "assets": _assets(life, result),
        "now_us": life.request.environment.now_us if result.shows_now else None,
        "created_us": done.created_us,
    }


def _assets(life: RenderLife, result: RenderResult) -> list[Any] | None:
    """What an equal request has to find unchanged; None when it may not be given this answer."""
    passing = any(warn.code in _PASSING for warn in result.warnings)
    if result.assets is None or passing or not life.command.remember:
        return None
    return [[one.url, one.headers, one.digest] for one in result.assets]


def _plain(warn: Any) -> dict[str, Any]:
    return {**asdict(warn), "detail": dict(warn.detail)}
