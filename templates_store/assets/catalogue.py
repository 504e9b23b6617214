"""What renders may use of a workspace's assets: files by name, fonts by family."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import RowMapping, select

from core.database import Database
from renderer.compose.analysis import ANY
from renderer.request import AssetFile, FontFace
from templates_store.assets.rows import unknown_asset
from templates_store.models import assets

__all__ = ["Catalogue", "Catalogues"]

_MOST_KEPT = 256


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All assets of one workspace. `fonts` are in the order of their names."""

    files: Mapping[str, AssetFile]
    fonts: tuple[FontFace, ...]

    def named(self, names: Iterable[str]) -> dict[str, AssetFile]:
        """The files of these names; all for `*`. Raises AssetNotFoundError."""
        found: dict[str, AssetFile] = {}
        for name in names:
            if name == ANY:
                found |= self.files
            elif name in self.files:
                found[name] = self.files[name]
            else:
                raise unknown_asset(name, list(self.files))
        return found

    def mentioned(self, texts: Iterable[str]) -> tuple[FontFace, ...]:
        """The fonts whose family stands in one of the texts, letter case aside."""
        if not self.fonts:
            return ()
        whole = "\n".join(texts).lower()
        return tuple(face for face in self.fonts if face.family.lower() in whole)


class Catalogues:
    """Remembers each workspace's catalogue for `seconds`: so long another process's change may
    stay unseen here. What is changed in this process is seen at once (`forget`).
    """

    def __init__(self, db: Database, seconds: float = 1.0) -> None:
        self._db = db
        self._seconds = seconds
        self._kept: dict[str, tuple[float, Catalogue]] = {}
        self._reading: dict[str, asyncio.Task[Catalogue]] = {}

    async def of(self, workspace_id: str) -> Catalogue:
        """The workspace's catalogue."""
        known = self._kept.get(workspace_id)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        reading = self._reading.get(workspace_id)
        if reading is None:  # hundreds of items ask at once: the first one's reading is everybody's
            reading = self._reading[workspace_id] = asyncio.create_task(self._read(workspace_id))
        return await asyncio.shield(reading)

    async def _read(self, workspace_id: str) -> Catalogue:
        try:
            until, found = await self._found(workspace_id)
            if self._reading.get(workspace_id) is asyncio.current_task():
                if len(self._kept) >= _MOST_KEPT:
                    self._kept.clear()
                self._kept[workspace_id] = (until, found)
            return found
        finally:
            if self._reading.get(workspace_id) is asyncio.current_task():
                del self._reading[workspace_id]

    async def _found(self, workspace_id: str) -> tuple[float, Catalogue]:
        until = time.monotonic() + self._seconds
        query = select(
            assets.c.name, assets.c.kind, assets.c.digest,
            assets.c.extension, assets.c.focus, assets.c.facts,
        ).where(assets.c.workspace_id == workspace_id)  # fmt: skip
        async with self._db.read(quick=True) as conn:
            rows = (await conn.execute(query.order_by(assets.c.name))).mappings().all()
        files = {row["name"]: _file(row) for row in rows}
        return until, Catalogue(files, tuple(_face(row) for row in rows if row["kind"] == "font"))

    def forget(self, workspace_id: str) -> None:
        """Its assets have changed."""
        self._kept.pop(workspace_id, None)
        self._reading.pop(workspace_id, None)


def _file(row: RowMapping) -> AssetFile:
    focus = row["focus"]
    return AssetFile(row["digest"], row["extension"], None if focus is None else (*focus,))


def _face(row: RowMapping) -> FontFace:
    facts = row["facts"]
    least, most = facts["weight"]
    return FontFace(facts["family"], (least, most), facts["style"], _file(row))
