"""The store of assets: uploaded, listed, changed, deleted."""

import asyncio
import hashlib
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import now_us
from core.database import Database
from core.errors import ConflictError, PlatenError, StorageUnavailableError
from core.ids import new_id
from core.objects import Objects
from core.reach import Reach
from egress.client import EgressClient
from egress.errors import FetchFailedError
from renderer.asker import Asker
from renderer.intake.intake import Taken
from renderer.jail import Jail
from templates_store.assets.asset import Asset, AssetKind, AssetPatch, AssetQuery, User
from templates_store.assets.catalogue import Catalogues
from templates_store.assets.intake import take_in
from templates_store.assets.rows import asset_of, asset_row, filtered, row_of, users_of
from templates_store.errors import AssetInUseError, AssetLimitError
from templates_store.models import assets
from templates_store.settings import AssetSettings

__all__ = ["Assets"]

_SHOWN_USERS = 50
_FETCH_SECONDS = 20.0


class Assets:
    """Assets of every workspace; another workspace's id is never found.

    The same bytes are kept once per workspace, and go with the last asset of them.
    """

    def __init__(
        self,
        db: Database,
        objects: Objects,
        jail: Jail,
        client: EgressClient,
        catalogues: Catalogues,
        settings: AssetSettings | None = None,
    ) -> None:
        self.settings = settings or AssetSettings()
        self._db = db
        self._objects = objects
        self._jail = jail
        self._client = client
        self._catalogues = catalogues

    async def create(
        self, workspace_id: str, name: str, data: bytes, tags: tuple[str, ...] = ()
    ) -> Asset:
        """Keep a file. Raises ConflictError when the name is taken, AssetLimitError, and what
        `take_in` raises; then nothing is kept.
        """
        kind, taken = await self._taken(workspace_id, data)
        now = now_us()
        asset = Asset(
            uid=new_id("ast"),
            workspace_id=workspace_id,
            name=name,
            kind=kind,
            created_us=now,
            updated_us=now,
            tags=tags,
            **await _kept(taken),
            object_key="",
        )

        async def insert(conn: AsyncConnection, key: str) -> None:
            await self._refuse_too_many(conn, asset)
            await conn.execute(assets.insert().values(row_of(replace(asset, object_key=key))))

        await self._written(asset, taken.data, insert)
        return await self.get(workspace_id, asset.uid)

    async def fetch(self, workspace_id: str, url: str, reach: Reach) -> bytes:
        """The bytes behind a URL, to be kept. Raises BlockedAddressError, FetchFailedError."""
        answer = await self._client.fetch(
            url,
            timeout=_FETCH_SECONDS,
            max_bytes=self.settings.asset_max_bytes,
            account=workspace_id,
            reach=reach,
        )
        if answer.status != 200:
            raise FetchFailedError(
                f"url answered with status {answer.status} instead of 200: check that the file can "
                "be read at that URL without signing in"
            )
        return answer.body

    async def get(self, workspace_id: str, uid: str) -> Asset:
        """One asset. Raises NotFoundError."""
        async with self._db.read() as conn:
            return await asset_row(conn, workspace_id, uid)

    async def read(self, asset: Asset) -> bytes:
        """Its bytes. Raises NotFoundError, StorageUnavailableError."""
        return await self._objects.read(asset.object_key)

    async def users(self, asset: Asset) -> list[User]:
        """The templates that name it."""
        async with self._db.read() as conn:
            return await users_of(conn, asset.workspace_id, asset.name)

    async def list(self, workspace_id: str, query: AssetQuery) -> tuple[list[Asset], int]:
        """A window of the assets, newest first, and how many there are in all."""
        window, count = filtered(workspace_id, query)
        async with self._db.read() as conn:
            rows = (await conn.execute(window)).mappings().all()
            total = (await conn.execute(count)).scalar_one()
        return [asset_of(row) for row in rows], total

    async def update(self, workspace_id: str, uid: str, patch: AssetPatch) -> Asset:
        """Change an asset; other bytes must be of its kind. Raises NotFoundError, ConflictError,
        AssetInUseError for another name of one that templates name, and what `create` raises.
        """
        old = await self.get(workspace_id, uid)
        changed = _patched(old, patch)
        taken = None
        if patch.data is not None:
            kind, taken = await self._taken(workspace_id, patch.data)
            if kind != old.kind:
                raise ConflictError(
                    f"'{old.name}' is of the kind {old.kind}, and the new file of the kind {kind}: "
                    "upload it under a name of its own"
                )
            changed = replace(changed, **await _kept(taken))

        async def write(conn: AsyncConnection, key: str) -> None:
            now = await asset_row(conn, workspace_id, uid, locked=True)
            if now.updated_us != old.updated_us:
                raise ConflictError(f"Somebody else changed '{old.name}' just now: read it again")
            if changed.name != old.name:
                await _refuse_used(conn, old, "renamed")
            if taken is not None:
                await self._refuse_too_many(conn, changed, replaced=old)
            row = row_of(replace(changed, object_key=key or old.object_key))
            await conn.execute(assets.update().where(assets.c.uid == uid).values(row))

        await self._written(changed, taken.data if taken else None, write)
        if taken is not None and changed.digest != old.digest:
            await self._forget(old.object_key)
        return await self.get(workspace_id, uid)

    async def delete(self, workspace_id: str, uid: str) -> Asset:
        """Delete an asset, and its bytes unless another one has them. Raises NotFoundError,
        AssetInUseError.
        """
        async with self._db.write() as conn:
            asset = await asset_row(conn, workspace_id, uid)
            await conn.execute(delete(assets).where(assets.c.uid == uid))
            await _refuse_used(conn, asset, "deleted")
        self._catalogues.forget(workspace_id)
        await self._forget(asset.object_key)
        return asset

    async def _taken(self, workspace_id: str, data: bytes) -> tuple[AssetKind, Taken]:
        jail = self._jail.asked_by(Asker(workspace=workspace_id))
        return await take_in(jail, data, self.settings.asset_max_bytes)

    async def _written(self, asset: Asset, data: bytes | None, write: Any) -> None:
        """Keep the bytes, or share those that are kept, and write the row in one unit of work."""
        key = ""
        try:
            if data is None or not await self._shared(asset, write):
                if data is not None:
                    key = await self._objects.put(asset.workspace_id, data)
                async with self._db.write() as conn:
                    await write(conn, key)
        except IntegrityError as error:
            await self._discard(key)
            raise ConflictError(
                f"This workspace has an asset of the name '{asset.name}' already: choose another "
                "name, or put the new file in its place with PUT /assets/{uid}"
            ) from error
        except StorageUnavailableError:
            # It may have been written all the same: the sweep looks whether a row names the bytes.
            raise
        except PlatenError:
            await self._discard(key)
            raise
        self._catalogues.forget(asset.workspace_id)

    async def _shared(self, asset: Asset, write: Any) -> bool:
        """Write the row with the key of bytes that are kept already; False without such."""
        same = select(assets.c.object_key).where(
            assets.c.workspace_id == asset.workspace_id, assets.c.digest == asset.digest
        )
        async with self._db.write() as conn:
            # Locked, so that who deletes the last asset of the bytes sees the new one.
            found = (await conn.execute(same.limit(1).with_for_update(read=True))).scalar()
            if found is not None:
                await write(conn, found)
        return found is not None

    async def _refuse_too_many(
        self, conn: AsyncConnection, asset: Asset, replaced: Asset | None = None
    ) -> None:
        query = select(func.count(), func.coalesce(func.sum(assets.c.size), 0)).where(
            assets.c.workspace_id == asset.workspace_id
        )
        count, size = (await conn.execute(query)).one()
        most, most_bytes = self.settings.asset_max_count, self.settings.asset_workspace_bytes
        if replaced is None and count >= most:
            raise AssetLimitError(
                f"This workspace has {count} assets, and {most} is the most "
                "(PLATEN_ASSET_MAX_COUNT): delete some"
            )
        left = most_bytes - int(size) + (replaced.size if replaced else 0)
        if asset.size > left:
            raise AssetLimitError(
                f"The file has {asset.size} bytes, and this workspace has room for {left} more "
                "(PLATEN_ASSET_WORKSPACE_BYTES): delete some assets"
            )

    async def _discard(self, key: str) -> None:
        """Bytes whose row was not written; what cannot be removed now is left to the sweep."""
        if key:
            with suppress(StorageUnavailableError):
                await self._objects.delete([key])

    async def _forget(self, key: str) -> None:
        """Remove bytes unless an asset names them."""
        async with self._db.read() as conn:
            query = select(assets.c.uid).where(assets.c.object_key == key).limit(1)
            used = (await conn.execute(query)).scalar() is not None
        if not used:
            await self._discard(key)


async def _kept(taken: Taken) -> dict[str, Any]:
    """What a row says of the bytes."""
    digest = await asyncio.to_thread(lambda: hashlib.sha256(taken.data).hexdigest())
    return {
        "media_type": taken.media_type,
        "extension": taken.extension,
        "facts": taken.facts,
        "size": len(taken.data),
        "digest": digest,
    }


def _patched(old: Asset, patch: AssetPatch) -> Asset:
    focus = old.focus if patch.focus is None else (patch.focus or None)
    return replace(
        old,
        name=patch.name or old.name,
        tags=old.tags if patch.tags is None else patch.tags,
        focus=focus,
        updated_us=now_us(),
    )


async def _refuse_used(conn: AsyncConnection, asset: Asset, what: str) -> None:
    users = await users_of(conn, asset.workspace_id, asset.name)
    if not users:
        return
    names = ", ".join(dict.fromkeys(f"'{one.name[:60]}' ({one.uid})" for one in users[:5]))
    raise AssetInUseError(
        f"'{asset.name}' cannot be {what}: {len({one.uid for one in users})} template(s) name it, "
        f"{names}. Take it out of them first, or put another file in its place",
        extra={
            "users": [
                {"templateUid": one.uid, "name": one.name, "version": one.version}
                for one in users[:_SHOWN_USERS]
            ]
        },
    )
