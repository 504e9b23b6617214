"""Bodies of versions as content-addressed blobs, large ones in pieces.

A thousand versions of a long template cost what changed: a body over 16 kB is cut where its own
text says so, so that an edit leaves all other pieces, and their digests, as they were.
"""

import hashlib
import json
import re
import zlib
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.blobs import get_blob, put_blob
from core.models import blobs

__all__ = ["get_body", "pieces_of", "put_body"]

_WHOLE = 16_384
"""Bytes up to which a body is kept in one piece."""

_SMALLEST, _LARGEST = 2_048, 16_384
_ONE_IN = 16
"""Of the ends of lines and tags, about one in so many ends a piece."""

_MANIFEST = "pieces:"
_ATOM = re.compile(rb"[^\n>]*[\n>]|[^\n>]+\Z")


async def put_body(conn: AsyncConnection, workspace_id: str, body: str) -> str:
    """Keep a body in the caller's unit of work; returns the reference that finds it again.

    The same body has the same reference, whatever was kept before.
    """
    data = body.encode()
    if len(data) <= _WHOLE:
        return await put_blob(conn, workspace_id, data)
    pieces = {hashlib.sha256(piece).hexdigest(): piece for piece in pieces_of(data)}
    order = [hashlib.sha256(piece).hexdigest() for piece in pieces_of(data)]
    known = await _known(conn, workspace_id, list(pieces))
    for digest, piece in pieces.items():
        if digest not in known:
            await put_blob(conn, workspace_id, piece)
    return _MANIFEST + await put_blob(conn, workspace_id, json.dumps(order).encode())


async def get_body(conn: AsyncConnection, workspace_id: str, reference: str) -> str:
    """The body again. Raises NotFoundError."""
    if not reference.startswith(_MANIFEST):
        return (await get_blob(conn, workspace_id, reference)).decode()
    manifest = await get_blob(conn, workspace_id, reference.removeprefix(_MANIFEST))
    order: list[str] = json.loads(manifest)
    query = select(blobs.c.digest, blobs.c.data).where(
        blobs.c.workspace_id == workspace_id, blobs.c.digest.in_(set(order))
    )
    found = {row.digest: row.data for row in await conn.execute(query)}
    return b"".join([found[digest] for digest in order]).decode()


def pieces_of(data: bytes) -> Iterator[bytes]:
    """The bytes cut behind lines and tags that their own checksum chooses, and by size."""
    start = end = 0
    for atom in _ATOM.finditer(data):
        end = atom.end()
        while end - start > _LARGEST:
            yield data[start : start + _LARGEST]
            start += _LARGEST
        if end - start >= _SMALLEST and zlib.crc32(atom[0]) % _ONE_IN == 0:
            yield data[start:end]
            start = end
    if start < end:
        yield data[start:end]


async def _known(conn: AsyncConnection, workspace_id: str, digests: list[str]) -> set[str]:
    query = select(blobs.c.digest).where(
        blobs.c.workspace_id == workspace_id, blobs.c.digest.in_(digests)
    )
    return set((await conn.execute(query)).scalars())
