"""The rows of a batch, kept in chunks: content-addressed blobs, each JSON with its batch's id.

The id makes a chunk its batch's own, so that it can go with the batch.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.blobs import get_blob, put_blob
from core.database import Database
from jobs.batch.models import batch_chunks

__all__ = ["CHUNK", "Rows", "put_chunk"]

CHUNK = 100
"""Rows of every chunk but the last."""
REMEMBERED = 64

Row = Mapping[str, Any]


async def put_chunk(
    conn: AsyncConnection, workspace_id: str, batch_id: str, number: int, rows: Sequence[Row]
) -> None:
    """Keep the rows from `number` * CHUNK on, in the caller's unit of work."""
    data = orjson.dumps({"batch": batch_id, "rows": list(rows)})
    digest = await put_blob(conn, workspace_id, data)
    values = {"batch_id": batch_id, "number": number, "digest": digest, "rows": len(rows)}
    await conn.execute(insert(batch_chunks).values(values))


class Rows:
    """Reads rows back; the chunks used last are remembered, as they never change."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._kept: OrderedDict[tuple[str, int], list[Row]] = OrderedDict()

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
            found = self._kept[key] = await self._read(workspace_id, batch_id, number)
            if len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return found

    async def _read(self, workspace_id: str, batch_id: str, number: int) -> list[Row]:
        query = select(batch_chunks.c.digest).where(
            batch_chunks.c.batch_id == batch_id, batch_chunks.c.number == number
        )
        async with self._db.read() as conn:
            digest = (await conn.execute(query)).scalar_one()
            return _rows_of(orjson.loads(await get_blob(conn, workspace_id, digest)))


def _rows_of(kept: Any) -> list[Row]:
    """Earlier versions kept the list alone."""
    return kept if isinstance(kept, list) else kept["rows"]
