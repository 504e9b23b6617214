"""Content-addressed bytes, kept per workspace: templates' sources and sets of variables."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import now_us
from core.errors import NotFoundError
from core.insert import insert_into
from core.models import blobs

__all__ = ["get_blob", "put_blob", "put_blobs"]


async def put_blob(conn: AsyncConnection, workspace_id: str, data: bytes) -> str:
    """Keep `data` in the caller's unit of work; returns its SHA-256 in hexadecimal.

    The same bytes are kept once per workspace, and never shared between workspaces.
    """
    return (await put_blobs(conn, workspace_id, [data]))[0]


async def put_blobs(conn: AsyncConnection, workspace_id: str, many: Sequence[bytes]) -> list[str]:
    """Keep many at once; their digests in the same order."""
    digests = [hashlib.sha256(data).hexdigest() for data in many]
    created = now_us()
    rows = [
        {
            "workspace_id": workspace_id,
            "digest": digest,
            "size": len(data),
            "data": data,
            "created_us": created,
        }
        for digest, data in zip(digests, many, strict=True)
    ]
    if rows:
        await conn.execute(insert_into(conn, blobs).on_conflict_do_nothing(), rows)
    return digests


async def get_blob(conn: AsyncConnection, workspace_id: str, digest: str) -> bytes:
    """The bytes of that digest. Raises NotFoundError, also for another workspace's blob."""
    query = select(blobs.c.data).where(
        blobs.c.workspace_id == workspace_id, blobs.c.digest == digest
    )
    data: bytes | None = (await conn.execute(query)).scalar_one_or_none()
    if data is None:
        raise NotFoundError(f"No content with the digest '{digest}' exists in this workspace")
    return data
