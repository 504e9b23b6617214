"""Content-addressed bytes, kept per workspace: templates' sources and sets of variables."""

import hashlib

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import now_us
from core.errors import NotFoundError
from core.insert import insert_into
from core.models import blobs

__all__ = ["get_blob", "put_blob"]


async def put_blob(conn: AsyncConnection, workspace_id: str, data: bytes) -> str:
    """Keep `data` in the caller's unit of work; returns its SHA-256 in hexadecimal.

    The same bytes are kept once per workspace, and never shared between workspaces.
    """
    digest = hashlib.sha256(data).hexdigest()
    row = {
        "workspace_id": workspace_id,
        "digest": digest,
        "size": len(data),
        "data": data,
        "created_us": now_us(),
    }
    await conn.execute(insert_into(conn, blobs).values(row).on_conflict_do_nothing())
    return digest


async def get_blob(conn: AsyncConnection, workspace_id: str, digest: str) -> bytes:
    """The bytes of that digest. Raises NotFoundError, also for another workspace's blob."""
    query = select(blobs.c.data).where(
        blobs.c.workspace_id == workspace_id, blobs.c.digest == digest
    )
    data: bytes | None = (await conn.execute(query)).scalar_one_or_none()
    if data is None:
        raise NotFoundError(f"No content with the digest '{digest}' exists in this workspace")
    return data
