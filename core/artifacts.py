"""The artifact store: bytes in an object store (obstore), what is known of them in a table."""

import hashlib
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url
from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import SECOND, now_us
from core.database import Database
from core.errors import NotFoundError, StorageUnavailableError
from core.ids import new_id, new_token
from core.models import artifacts
from core.settings import check_store_url

__all__ = ["Artifact", "Artifacts", "open_store"]

_DAY = 86_400
_SWEEP = 200


@dataclass(frozen=True, slots=True)
class Artifact:
    """The bytes that a render made, by their id, their public token and their digest (SHA-256).

    `expires_us` None: kept until deleted. `object_key` is where the store keeps the bytes; it is
    never shown.
    """

    id: str
    workspace_id: str
    token: str
    object_key: str
    extension: str
    media_type: str
    size: int
    digest: str
    created_us: int
    expires_us: int | None

    @property
    def path(self) -> str:
        """The public path: unguessable (130 bits), with the right extension, without a key."""
        return f"/files/{self.token}.{self.extension}"


def open_store(url: str, directory: Path) -> ObjectStore:
    """The store of `PLATEN_STORAGE_URL`, or a local one under `directory` when `url` is empty.

    Raises ValueError for a URL of an unknown kind.
    """
    if not url:
        return LocalStore(directory, automatic_cleanup=True, mkdir=True)
    check_store_url(url)
    if urlsplit(url).scheme == "file":
        return LocalStore(urlsplit(url).path, automatic_cleanup=True, mkdir=True)
    return from_url(url)


class Artifacts:
    """Keeps artifacts and gives them back. `retention_days` 0: nothing expires by itself."""

    def __init__(
        self, db: Database, store: ObjectStore, public_url: str, retention_days: int = 30
    ) -> None:
        self._db = db
        self._store = store
        self._public_url = public_url.rstrip("/")
        self._retention_days = retention_days

    async def put(
        self,
        workspace_id: str,
        data: bytes,
        *,
        media_type: str,
        extension: str,
        expires_in: int | None = None,
    ) -> Artifact:
        """Keep bytes for `expires_in` seconds (None: the retention) and write their row.

        Raises StorageUnavailableError; then there is no row.
        """
        artifact = await self.upload(
            workspace_id, data, media_type=media_type, extension=extension, expires_in=expires_in
        )
        async with self._db.write() as conn:
            await self.record(conn, artifact)
        return artifact

    async def upload(
        self,
        workspace_id: str,
        data: bytes,
        *,
        media_type: str,
        extension: str,
        expires_in: int | None = None,
    ) -> Artifact:
        """First half of `put`: the store has acknowledged the bytes, but no row says so yet.

        For whoever writes the row in a unit of work of their own, by `record`.
        """
        created = now_us()
        artifact = Artifact(
            id=new_id("art"),
            workspace_id=workspace_id,
            token=new_token(),
            object_key=f"{workspace_id}/{secrets.token_hex(1)}/{secrets.token_hex(16)}",
            extension=extension,
            media_type=media_type,
            size=len(data),
            digest=hashlib.sha256(data).hexdigest(),
            created_us=created,
            expires_us=self._expiry(created, expires_in),
        )
        async with _answering():
            await obstore.put_async(self._store, artifact.object_key, data)
        return artifact

    async def record(self, conn: AsyncConnection, artifact: Artifact) -> None:
        """Second half of `put`: write the row in the caller's unit of work."""
        await conn.execute(artifacts.insert().values(asdict(artifact)))

    async def discard(self, artifact: Artifact) -> None:
        """Remove the bytes of an upload whose row was never written; errors are ours to bear."""
        await self._forget([artifact])

    def url(self, artifact: Artifact) -> str:
        """The absolute public URL, from `PLATEN_PUBLIC_URL`."""
        return self._public_url + artifact.path

    async def by_token(self, token: str) -> Artifact | None:
        """The artifact behind a public URL, unless it has expired."""
        return await self._find(artifacts.c.token == token)

    async def get(self, workspace_id: str, artifact_id: str) -> Artifact:
        """One of the workspace's artifacts. Raises NotFoundError."""
        found = await self._find(
            artifacts.c.id == artifact_id, artifacts.c.workspace_id == workspace_id
        )
        if found is None:
            raise NotFoundError(f"No file has the id '{artifact_id}' in this workspace")
        return found

    async def read(self, artifact: Artifact) -> bytes:
        """The bytes. Raises NotFoundError when they are gone, StorageUnavailableError."""
        async with _answering():
            try:
                answer = await obstore.get_async(self._store, artifact.object_key)
                return bytes(await answer.bytes_async())
            except FileNotFoundError as error:
                raise NotFoundError("This file has been deleted") from error

    async def delete(self, workspace_id: str, artifact_id: str) -> None:
        """Delete bytes, then row, at once. Raises NotFoundError, StorageUnavailableError."""
        await self._delete([await self.get(workspace_id, artifact_id)])

    async def sweep(self) -> int:
        """Delete what has expired; returns how many artifacts went."""
        query = select(artifacts).where(artifacts.c.expires_us <= now_us()).limit(_SWEEP)
        swept = 0
        while True:
            async with self._db.read() as conn:
                found = (await conn.execute(query)).mappings()
                rows = [Artifact(**row) for row in found]
            if not rows:
                return swept
            await self._delete(rows)
            swept += len(rows)

    async def probe(self) -> None:
        """Write, read and delete a tiny object. Raises StorageUnavailableError."""
        key = f"probe/{secrets.token_hex(8)}"
        async with _answering():
            await obstore.put_async(self._store, key, b"platen")
            answer = await obstore.get_async(self._store, key)
            same = bytes(await answer.bytes_async()) == b"platen"
            await obstore.delete_async(self._store, key)
        if not same:
            raise StorageUnavailableError("The artifact store gave back other bytes than it took")

    async def _find(self, *conditions: ColumnElement[bool]) -> Artifact | None:
        alive = or_(artifacts.c.expires_us.is_(None), artifacts.c.expires_us > now_us())
        async with self._db.read() as conn:
            query = select(artifacts).where(alive, *conditions)
            row = (await conn.execute(query)).mappings().one_or_none()
        return None if row is None else Artifact(**row)

    async def _delete(self, rows: list[Artifact]) -> None:
        await self._forget(rows)
        ids = [row.id for row in rows]
        async with self._db.write() as conn:
            await conn.execute(delete(artifacts).where(artifacts.c.id.in_(ids)))

    async def _forget(self, rows: list[Artifact]) -> None:
        async with _answering():
            for row in rows:
                try:
                    await obstore.delete_async(self._store, row.object_key)
                except FileNotFoundError:
                    continue  # an earlier try got this far: what was asked for is so

    def _expiry(self, created: int, expires_in: int | None) -> int | None:
        seconds: int | None = expires_in
        if seconds is None and self._retention_days:
            seconds = self._retention_days * _DAY
        return None if seconds is None else created + seconds * SECOND


@asynccontextmanager
async def _answering() -> AsyncGenerator[Any]:
    """Turn any of the store's failures into the one error that callers know."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise StorageUnavailableError(
            "The artifact store does not answer: send the request again in a moment",
            retry_after=5,
            private=f"{type(error).__name__}: {error}",
        ) from error
