"""How far a workspace keeps to itself."""

import time

from sqlalchemy import select

from core.database import Database
from core.models import workspaces

__all__ = ["Isolations"]

_CACHE_SECONDS = 5.0
_CACHE_SIZE = 4096


class Isolations:
    """Which workspaces are strict, remembered for 5 s: every render asks."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[str, tuple[float, bool]] = {}

    async def strict(self, workspace_id: str) -> bool:
        """Whether renders of this workspace may share no browser with another's."""
        known = self._known.get(workspace_id)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        query = select(workspaces.c.isolation).where(workspaces.c.id == workspace_id)
        async with self._db.read(quick=True) as conn:
            strict = (await conn.execute(query)).scalar_one_or_none() == "strict"
        if len(self._known) >= _CACHE_SIZE:
            self._known.clear()
        self._known[workspace_id] = (time.monotonic() + _CACHE_SECONDS, strict)
        return strict
