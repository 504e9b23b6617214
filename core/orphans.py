"""Bytes in the store that no row names: a process was killed between the two."""

import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import obstore
import structlog
from obstore.store import ObjectStore
from sqlalchemy import Column, select

from core.database import Database
from core.models import artifacts

__all__ = ["Orphans"]

_YOUNG = timedelta(hours=1)
"""Longer than any upload waits for its row."""
_EVERY_S = 24 * 3600.0
_PORTION = 500
_OURS = re.compile(r"[^/]+/[0-9a-f]{2}/[0-9a-f]{32}|probe/[0-9a-f]{16}")
"""Keys as `Objects` gives them: a bucket may hold what is somebody else's."""

_log = structlog.get_logger("core")


class Orphans:
    """Looks through the whole store once a day, and first soon after the start.

    `others`: columns beside the artifacts' in which rows name their bytes.
    """

    def __init__(
        self,
        db: Database,
        store: ObjectStore,
        young: timedelta = _YOUNG,
        others: Sequence[Column[str]] = (),
    ) -> None:
        self._db = db
        self._named = (artifacts.c.object_key, *others)
        self._store = store
        self._young = young
        self._next = 0.0

    async def sweep(self) -> int:
        """Delete what no row names and is no longer young, if it is time; returns how many went."""
        if time.monotonic() < self._next:
            return 0
        self._next = time.monotonic() + _EVERY_S
        before, swept = datetime.now(UTC) - self._young, 0
        async for page in obstore.list(self._store, chunk_size=_PORTION):
            swept += await self._sweep(
                [
                    one["path"]
                    for one in page
                    if one["last_modified"] < before and _OURS.fullmatch(one["path"])
                ]
            )
        if swept:
            _log.warning("orphans_swept", count=swept)
        return swept

    async def _sweep(self, keys: list[str]) -> int:
        known = set[str]()
        async with self._db.read() as conn:
            for column in self._named:
                known |= set((await conn.execute(select(column).where(column.in_(keys)))).scalars())
        lost = [key for key in keys if key not in known]
        if lost:
            await obstore.delete_async(self._store, lost)
        return len(lost)
