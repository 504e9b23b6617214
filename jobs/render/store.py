"""The last step of a render: artifact, row and event become true together, or not at all."""

import asyncio
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from core.artifacts import Artifact, Artifacts
from core.database import Database
from core.errors import ContentError, PlatenError, ServiceError, StorageUnavailableError
from jobs.render.events import completed, failed
from jobs.render.life import RenderLife
from jobs.render.models import renders
from jobs.webhooks.match import announce

__all__ = ["RenderStore"]


class RenderStore:
    """Writes what a finished render leaves behind."""

    def __init__(self, db: Database, artifacts: Artifacts) -> None:
        self._db = db
        self._artifacts = artifacts

    async def keep(self, life: RenderLife) -> None:
        """Keep the artifact, unless the caller said `store: false`.

        Raises StorageUnavailableError; then neither row nor bytes are left.
        """
        assert life.result is not None
        if not life.command.store:
            return
        life.artifact = await self._uploaded(life)
        life.url = self._artifacts.url(life.artifact)
        try:
            async with self._db.write() as conn:
                await self._artifacts.record(conn, life.artifact)
                await conn.execute(renders.insert().values(_row(life)))
                await announce(conn, completed(life.command, life.rendered()))
        except BaseException:  # also a cancelled one: bytes without a row would never be swept
            await self._artifacts.discard(life.artifact)
            raise

    async def _uploaded(self, life: RenderLife) -> Artifact:
        """The bytes in the store. Whoever is cancelled here waits for them, to take them back."""
        assert life.result is not None
        upload = asyncio.ensure_future(
            self._artifacts.upload(
                life.command.workspace_id,
                life.result.data,
                media_type=life.result.media_type,
                extension=life.result.extension,
                expires_in=life.command.expires_in,
            )
        )
        try:
            return await asyncio.shield(upload)
        except asyncio.CancelledError:
            await self._artifacts.discard(await upload)
            raise

    async def tell_failure(self, life: RenderLife, error: PlatenError) -> None:
        """`render.failed`, to whoever listens; a refused request is no render that failed.

        An item of a batch was accepted long ago, so whatever ends it is told.
        """
        if not life.command.store:
            return
        began = "draw" in life.timings and isinstance(error, ContentError | ServiceError)
        if not (began or life.command.batch_id):
            return
        event = failed(life.command, life.id, life.accepted_us, error)
        with suppress(StorageUnavailableError):  # the caller is owed the first error, not this one
            async with self._db.write() as conn:
                await announce(conn, event)


def _row(life: RenderLife) -> dict[str, Any]:
    done = life.rendered()
    result, artifact, command = done.result, done.artifact, life.command
    assert artifact is not None
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
        "created_us": done.created_us,
    }


def _plain(warn: Any) -> dict[str, Any]:
    return {**asdict(warn), "detail": dict(warn.detail)}
