"""The bytes of assets for renders, the last ones from memory."""

from collections import OrderedDict

from sqlalchemy import select

from core.database import Database
from core.errors import NotFoundError, StorageUnavailableError
from core.objects import Objects
from templates_store.models import assets

__all__ = ["AssetFiles"]


class AssetFiles:
    """Bytes by workspace and digest; `max_bytes` of them are remembered."""

    def __init__(self, db: Database, objects: Objects, max_bytes: int = 64_000_000) -> None:
        self._db = db
        self._objects = objects
        self._most = max_bytes
        self._size = 0
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    async def read(self, workspace_id: str, digest: str) -> bytes:
        """The bytes. Raises StorageUnavailableError, also when the asset was changed just now."""
        key = (workspace_id, digest)
        data = self._kept.get(key)
        if data is not None:
            self._kept.move_to_end(key)
            return data
        query = select(assets.c.object_key).where(
            assets.c.workspace_id == workspace_id, assets.c.digest == digest
        )
        async with self._db.read() as conn:
            place = (await conn.execute(query.limit(1))).scalar_one_or_none()
        if place is None:
            raise _changed()
        try:
            data = await self._objects.read(place)
        except NotFoundError:
            raise _changed() from None
        self._remember(key, data)
        return data

    def _remember(self, key: tuple[str, str], data: bytes) -> None:
        if key in self._kept or len(data) > self._most:
            return
        self._kept[key] = data
        self._size += len(data)
        while self._size > self._most:
            _, gone = self._kept.popitem(last=False)
            self._size -= len(gone)


def _changed() -> StorageUnavailableError:
    return StorageUnavailableError(
        "An asset was changed or deleted while this was being drawn: send the request again",
        retry_after=1,
    )
