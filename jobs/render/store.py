"""The last step of a render: artifact, row and event become true together, or not at all."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from core.artifacts import Artifact, Artifacts
from core.database import Database
from core.errors import (
    ContentError,
    PlatenError,
    ServiceError,
    StorageUnavailableError,
)
from core.idempotency import protect
from core.sets import InsertSet
from jobs.render.events import completed, failed
from jobs.render.life import RenderLife
from jobs.render.models import renders
from jobs.webhooks.match import announce, announce_all
from renderer.request import RenderResult

__all__ = ["RenderStore"]

_INSERT = renders.insert()
_INSERT_SET = InsertSet(renders, renders.c.keys())
_PASSING = frozenset({"asset_failed", "blocked_request", "image_failed", "network_not_idle"})
"""Warnings of what may be otherwise the next time: such an answer is given to nobody else."""


class RenderStore:
    """Writes what a finished render leaves behind."""

    def __init__(self, db: Database, artifacts: Artifacts) -> None:
        self._db = db
        self._artifacts = artifacts

    async def keep(self, life: RenderLife) -> None:
        """Keep the artifact, unless the caller said `store: false`; one for all without a key that
        look at one drawing.

        Raises StorageUnavailableError; then there is no row, and bytes that nobody else has kept
        are taken back.
        """
        if not life.command.store or _keeps_another(life):
            return
        twin = self._artifacts.twin(await self._upload(life), life.command.expires_in)
        async with self._db.write(quick=True) as conn:
            await self._artifacts.record(conn, twin)
            await self.write(conn, life, twin)
        life.keep_bytes()

    async def prepare(self, life: RenderLife) -> None:
        """All of `keep` that one render does for itself; `write_all` does the rest.

        Raises StorageUnavailableError.
        """
        uploaded = life.original or await self._upload(life)
        life.artifact = self._artifacts.twin(uploaded, life.command.expires_in)
        life.url = self._artifacts.url(life.artifact)

    async def write_all(self, conn: AsyncConnection, lives: Sequence[RenderLife]) -> set[str]:
        """The rows and events of many prepared renders of one workspace, in the caller's unit.

        The ids of those that shared the bytes of an artifact which has gone: they are left out.
        """
        shared = {life.id: life.original for life in lives if life.original is not None}
        gone = await self._artifacts.gone(conn, shared)
        kept = [life for life in lives if life.id not in gone]
        if kept:
            await self._artifacts.record_all(conn, [life.kept_artifact for life in kept])
            await _INSERT_SET.write(conn, [_row(life) for life in kept])
            told = (completed(life.command, life.rendered()) for life in kept)
            await announce_all(conn, kept[0].command.workspace_id, "render.completed", told)
        return gone

    async def _upload(self, life: RenderLife) -> Artifact:
        assert life.flight is not None
        return await life.flight.uploaded(lambda result: self._uploaded(life, result))

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
        """`render.failed`, to whoever listens; a refused request is no render that failed."""
        began = "draw" in life.timings and isinstance(error, ContentError | ServiceError)
        if not (began and life.command.store):
            return
        event = failed(life.command, life.id, life.accepted_us, error)
        with suppress(StorageUnavailableError):  # the caller is owed the first error, not this one
            async with self._db.write(quick=True) as conn:
                await announce(conn, event)


def _keeps_another(life: RenderLife) -> bool:
    """Whether it has no key and another one without has begun to keep what both look at."""
    if not life.command.keyless or life.flight is None:
        return False
    another, life.flight.keyless_kept = life.flight.keyless_kept, True
    return another


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
