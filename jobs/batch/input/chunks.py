"""The rows of a batch, kept in chunks: content-addressed blobs, each JSON with its batch's id.

The id makes a chunk its batch's own, so that it can go with the batch.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.blobs import get_blob, put_blobs
from core.database import Database
from core.wide_json import from_json, to_json
from jobs.batch.models import batch_chunks

__all__ = ["CHUNK", "Rows", "kept_rows", "put_chunks", "source_blob", "source_data"]

CHUNK = 100
"""Rows of every chunk but the last."""
REMEMBERED = 64
REMEMBERED_BYTES = 16_000_000
"""Of their JSON; as objects they take several times as much."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Chunk:
    rows: list[Row]
    size: int


async def put_chunks(
    conn: AsyncConnection, workspace_id: str, batch_id: str, number: int, rows: Sequence[Row]
) -> None:
    """Keep the rows from `number` * CHUNK on, in the caller's unit of work."""
    chunks = [rows[at : at + CHUNK] for at in range(0, len(rows), CHUNK)]
    blobs = [to_json({"batch": batch_id, "rows": list(chunk)}) for chunk in chunks]
    digests = await put_blobs(conn, workspace_id, blobs)
    values = [
        {"batch_id": batch_id, "number": number + at, "digest": digest, "rows": len(chunk)}
        for at, (digest, chunk) in enumerate(zip(digests, chunks, strict=True))
    ]
    await conn.execute(insert(batch_chunks), values)


def source_blob(batch_id: str, data: bytes) -> bytes:
    """A table as its batch's own blob."""
    return f"{batch_id}\n".encode() + data


def source_data(batch_id: str, blob: bytes) -> bytes:
    """The table in a blob; earlier versions kept it as it came."""
    return blob.removeprefix(f"{batch_id}\n".encode())


class Rows:
    """Reads rows back; the chunks used last are remembered, as they never change."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._kept: OrderedDict[tuple[str, int], _Chunk] = OrderedDict()
        self._reading: dict[tuple[str, int], asyncio.Task[_Chunk]] = {}

    async def get(self, workspace_id: str, batch_id: str, row: int) -> Row:
        """The variables of one row, counted from 0. Raises NotFoundError."""
        return (await self._chunk(workspace_id, batch_id, row // CHUNK))[row % CHUNK]

    async def of_item(self, workspace_id: str, item: Mapping[str, Any]) -> Row:
        """The variables of an item's row, or its own when it was mended."""
        if item["variables"] is not None:
            return item["variables"]
        return await self.get(workspace_id, item["batch_id"], item["row_number"])

    async def _chunk(self, workspace_id: str, batch_id: str, number: int) -> list[Row]:
        key = (batch_id, number)
        found = self._kept.get(key)
        if found is None:
            return await self._read_once(workspace_id, key)
        self._kept.move_to_end(key)
        return found.rows

    async def _read_once(self, workspace_id: str, key: tuple[str, int]) -> list[Row]:
        """A whole chunk's items ask at the same time; the first one's reading is everybody's."""
        reading = self._reading.get(key)
        if reading is None:
            reading = self._reading[key] = asyncio.create_task(self._read(workspace_id, *key))
            reading.add_done_callback(lambda _: self._reading.pop(key))
        found = self._kept[key] = await asyncio.shield(reading)
        while self._remembers_too_much():
            self._kept.popitem(last=False)
        return found.rows

    def _remembers_too_much(self) -> bool:
        """The last chunk stays, however large: its other rows are asked for next."""
        size = sum(chunk.size for chunk in self._kept.values())
        return len(self._kept) > REMEMBERED or (size > REMEMBERED_BYTES and len(self._kept) > 1)

    async def _read(self, workspace_id: str, batch_id: str, number: int) -> _Chunk:
        query = select(batch_chunks.c.digest).where(
            batch_chunks.c.batch_id == batch_id, batch_chunks.c.number == number
        )
        async with self._db.read() as conn:
            digest = (await conn.execute(query)).scalar_one()
            blob = await get_blob(conn, workspace_id, digest)
        return _Chunk(_rows_of(blob), len(blob))


async def kept_rows(conn: AsyncConnection, workspace_id: str, digest: str) -> list[Row]:
    """The rows of a chunk. Raises NotFoundError."""
    return _rows_of(await get_blob(conn, workspace_id, digest))


def _rows_of(blob: bytes) -> list[Row]:
    kept = from_json(blob)
    # Earlier versions kept the list alone.
    return kept if isinstance(kept, list) else kept["rows"]
