"""The artifact store: bytes in an object store (obstore), what is known of them in a table."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from obstore.store import LocalStore, ObjectStore, from_url
from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import SECOND, now_us
from core.database import Database
from core.errors import NotFoundError, StorageUnavailableError
from core.ids import new_id, new_token
from core.models import artifacts
from core.objects import Objects
from core.sets import InsertSet
from core.settings import check_store_url

__all__ = ["Artifact", "Artifacts", "open_store"]

_DAY = 86_400
_SWEEP = 200
_INSERT = artifacts.insert()
_INSERT_SET = InsertSet(artifacts, artifacts.c.keys())
_SMALL = 65_536
"""Bytes whose digest takes less time than a trip to a thread."""
_ENDED = 1
"""The `expires_us` of what was deleted by hand: long ago."""


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
    def row(self) -> dict[str, Any]:
        """As the table has it."""
        return {name: getattr(self, name) for name in self.__slots__}

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
        self._objects = Objects(store)
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
        # Rust writes while a thread counts the digest: neither holds the event loop up.
        put = self._objects.put(workspace_id, data)
        if len(data) <= _SMALL:
            digest, key = _digest(data), await put
        else:
            digest, key = await asyncio.gather(asyncio.to_thread(_digest, data), put)
        created = now_us()
        return Artifact(
            id=new_id("art"),
            workspace_id=workspace_id,
            token=new_token(),
            object_key=key,
            extension=extension,
            media_type=media_type,
            size=len(data),
            digest=digest,
            created_us=created,
            expires_us=self._expiry(created, expires_in),
        )

    def twin(self, artifact: Artifact, expires_in: int | None = None) -> Artifact:
        """Another artifact of the same bytes, with an address and an end of its own.

        Its row is the caller's to write, by `record` or `share`.
        """
        created = now_us()
        return replace(
            artifact,
            id=new_id("art"),
            token=new_token(),
            created_us=created,
            expires_us=self._expiry(created, expires_in),
        )

    async def share(self, conn: AsyncConnection, artifact: Artifact, twin: Artifact) -> bool:
        """Write the twin's row in the caller's unit of work; False when `artifact` has gone."""
        # Locked, so that who deletes the last user of the bytes sees the new one.
        query = select(artifacts.c.id).where(artifacts.c.id == artifact.id, _is_alive())
        if (await conn.execute(query.with_for_update(read=True))).first() is None:
            return False
        await self.record(conn, twin)
        return True

    async def gone(self, conn: AsyncConnection, wanted: Mapping[str, Artifact]) -> set[str]:
        """Lock artifacts whose bytes shall be shared; the names of those that are no more."""
        ids = {artifact.id for artifact in wanted.values()}
        if not ids:
            return set()
        query = select(artifacts.c.id).where(artifacts.c.id.in_(ids), _is_alive())
        found = set((await conn.execute(query.with_for_update(read=True))).scalars())
        return {name for name, artifact in wanted.items() if artifact.id not in found}

    async def record_all(self, conn: AsyncConnection, many: Sequence[Artifact]) -> None:
        """Write the rows of many in the caller's unit of work."""
        await _INSERT_SET.write(conn, [artifact.row for artifact in many])

    async def exists(self, artifact: Artifact) -> bool:
        """Whether the store still has the bytes. Raises StorageUnavailableError."""
        return await self._objects.exists(artifact.object_key)

    async def lives(self, conn: AsyncConnection, artifact_id: str) -> bool:
        """Whether there is an artifact of that id which has not ended."""
        query = select(artifacts.c.id).where(artifacts.c.id == artifact_id, _is_alive())
        return (await conn.execute(query)).first() is not None

    async def record(self, conn: AsyncConnection, artifact: Artifact) -> None:
        """Second half of `put`: write the row in the caller's unit of work."""
        await conn.execute(_INSERT, artifact.row)

    async def discard(self, artifact: Artifact) -> None:
        """Remove bytes whose row was not written or is gone, unless another row names them.

        What cannot be removed now is left to the sweep of orphans.
        """
        with suppress(StorageUnavailableError):
            await self._forget([artifact.object_key])

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
        return await self._objects.read(artifact.object_key)

    async def delete(self, workspace_id: str, artifact_id: str) -> None:
        """Close the address at once, then delete bytes and row; others' bytes stay.

        Raises NotFoundError, StorageUnavailableError: then the next sweep deletes the bytes.
        """
        artifact = await self.get(workspace_id, artifact_id)
        end = artifacts.update().where(artifacts.c.id == artifact.id)
        async with self._db.write() as conn:
            await conn.execute(end.values(expires_us=_ENDED))
        await self._delete([artifact])

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
        await self._objects.probe()

    async def _find(self, *conditions: ColumnElement[bool]) -> Artifact | None:
        async with self._db.read() as conn:
            query = select(artifacts).where(_is_alive(), *conditions)
            row = (await conn.execute(query)).mappings().one_or_none()
        return None if row is None else Artifact(**row)

    async def _delete(self, rows: list[Artifact]) -> None:
        """Artifacts that have ended: nobody can share their bytes any more."""
        await self._forget([row.object_key for row in rows])
        ids = [row.id for row in rows]
        async with self._db.write() as conn:
            await conn.execute(delete(artifacts).where(artifacts.c.id.in_(ids)))

    async def _forget(self, keys: list[str]) -> None:
        """Remove the bytes that no living artifact names."""
        named = select(artifacts.c.object_key).where(artifacts.c.object_key.in_(keys), _is_alive())
        async with self._db.read() as conn:
            kept = set((await conn.execute(named)).scalars())
        await self._objects.delete(key for key in dict.fromkeys(keys) if key not in kept)

    def lifetime(self, expires_in: int | None) -> int | None:
        """Seconds that something is kept: `expires_in`, else the retention; None for ever."""
        if expires_in is None and self._retention_days:
            return self._retention_days * _DAY
        return expires_in

    def _expiry(self, created: int, expires_in: int | None) -> int | None:
        seconds = self.lifetime(expires_in)
        return None if seconds is None else created + seconds * SECOND


def _is_alive() -> ColumnElement[bool]:
    return or_(artifacts.c.expires_us.is_(None), artifacts.c.expires_us > now_us())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
