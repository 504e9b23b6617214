"""Bytes in an object store, under keys that are never given twice."""

import secrets
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from core.errors import NotFoundError, StorageUnavailableError

__all__ = ["Objects"]


class Objects:
    """What is kept outside the database. Every method raises StorageUnavailableError.

    A key is random and not a digest: who deletes one can never meet who writes it anew.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, workspace_id: str, data: bytes) -> str:
        """Keep bytes; returns their key once the store has acknowledged them."""
        key = f"{workspace_id}/{secrets.token_hex(1)}/{secrets.token_hex(16)}"
        async with _answering():
            await obstore.put_async(self._store, key, data)
        return key

    async def read(self, key: str) -> bytes:
        """The bytes. Raises NotFoundError when they are gone."""
        async with _answering():
            try:
                answer = await obstore.get_async(self._store, key)
                return bytes(await answer.bytes_async())
            except FileNotFoundError as error:
                raise NotFoundError("This file has been deleted") from error

    async def exists(self, key: str) -> bool:
        """Whether the bytes are still there."""
        async with _answering():
            try:
                await obstore.head_async(self._store, key)
            except FileNotFoundError:
                return False
        return True

    async def delete(self, keys: Iterable[str]) -> None:
        """Remove bytes; those that are gone already are no error."""
        async with _answering():
            for key in keys:
                with suppress(FileNotFoundError):
                    await obstore.delete_async(self._store, key)

    async def probe(self) -> None:
        """Write, read and delete a tiny object."""
        key = f"probe/{secrets.token_hex(8)}"
        async with _answering():
            await obstore.put_async(self._store, key, b"platen")
            answer = await obstore.get_async(self._store, key)
            same = bytes(await answer.bytes_async()) == b"platen"
            await obstore.delete_async(self._store, key)
        if not same:
            raise StorageUnavailableError("The artifact store gave back other bytes than it took")


@asynccontextmanager
async def _answering() -> AsyncGenerator[Any]:
    """Turn any of the store's failures into the one error that callers know."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise StorageUnavailableError(
            "The artifact store does not answer: send the request again in a moment",
            retry_after=5,
            private=f"{type(error).__name__}: {error}",
        ) from error
