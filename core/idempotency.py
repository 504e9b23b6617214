"""Idempotency keys: the same request sent twice is done once.

A key is claimed before the work, under a lease that is renewed as long as the work runs, and holds
its answer afterwards. When the process that claimed it has died, the lease ends and the key is free
again.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import SECOND
from core.database import Database, database_now
from core.errors import StorageUnavailableError
from core.idempotency_models import idempotency_keys as keys
from core.ids import new_token
from core.insert import insert_into

__all__ = [
    "Claim",
    "ClaimState",
    "IdempotencyKeys",
    "KeptAnswer",
    "Operation",
    "protect",
    "protecting",
]

_LEASE = 150.0
"""Seconds after which a key is free whose holder has died."""
_SWEEP_SECONDS = 60.0
_KEPT = 24 * 3600 * SECOND


@dataclass(frozen=True, slots=True)
class Operation:
    """What a key stands for: one method and path of one workspace."""

    workspace_id: str
    name: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that is given again byte for byte."""

    status: int
    media_type: str
    body: bytes


class ClaimState(Enum):
    """What somebody who comes with a key finds."""

    MINE = "nobody had it: do the work"
    KEPT = "it was done: give the answer again"
    RUNNING = "another request with it is under way"
    REUSED = "it stands for another body"


@dataclass(frozen=True, slots=True)
class Claim:
    """The outcome of a claim; `owner` is the token for `keep` and `release`."""

    state: ClaimState
    owner: str
    answer: KeptAnswer | None = None


Seal = Callable[[AsyncConnection, Any], Awaitable[None]]
"""Writes the answer about what was made, in the unit of work that made it."""

_SEAL: ContextVar[Seal | None] = ContextVar("seal", default=None)


@contextmanager
def protecting(seal: Seal) -> Generator[None]:
    """Within the body, whatever calls `protect` has its answer written by `seal`."""
    token = _SEAL.set(seal)
    try:
        yield
    finally:
        _SEAL.reset(token)


async def protect(conn: AsyncConnection, made: Any) -> None:
    """Commit the answer about `made` together with it, if the request came under a key.

    For the one unit of work that makes what a request asked for: a process that dies after it has
    not lost the answer, and the same request does not make another one.
    """
    seal = _SEAL.get()
    if seal is not None:
        await seal(conn, made)


class IdempotencyKeys:
    """The keys of all workspaces, kept for 24 hours. `lease`: seconds without a renewal."""

    def __init__(self, db: Database, lease: float = _LEASE) -> None:
        self._db = db
        self._lease = lease
        self._sweep_at = 0.0

    async def claim(self, operation: Operation) -> Claim:
        """Take the key, or learn why not. Times are compared by the database's clock."""
        owner = new_token()
        await self._sweep()
        async with self._db.write(quick=True) as conn:
            await _take(conn, operation, owner, self._ends())
            row = (await conn.execute(select(keys).where(_is(operation)))).one()
        return Claim(_state(row, operation, owner), owner, _answer(row))

    @asynccontextmanager
    async def held(self, operation: Operation, owner: str) -> AsyncGenerator[None]:
        """Within the body the claim lasts, however long that takes."""
        renewing = asyncio.create_task(self._renew(operation, owner))
        try:
            yield
        finally:
            renewing.cancel()

    async def keep(self, operation: Operation, owner: str, answer: KeptAnswer) -> None:
        """Hold the answer for whoever comes with the key again. A lost claim changes nothing."""
        async with self._db.write(quick=True) as conn:
            await self.keep_with(conn, operation, owner, answer)

    async def keep_with(
        self, conn: AsyncConnection, operation: Operation, owner: str, answer: KeptAnswer
    ) -> None:
        """The same in the caller's unit of work."""
        statement = (
            keys.update()
            .where(_is(operation), keys.c.owner == owner)
            .values(status=answer.status, media_type=answer.media_type, body=answer.body)
        )
        await conn.execute(statement)

    async def release(self, operation: Operation, owner: str) -> None:
        """Let the key go: its answer is none that is kept."""
        async with self._db.write(quick=True) as conn:
            await conn.execute(delete(keys).where(_is(operation), keys.c.owner == owner))

    async def _renew(self, operation: Operation, owner: str) -> None:
        mine = and_(_is(operation), keys.c.owner == owner)
        while True:
            await asyncio.sleep(self._lease / 3)
            with suppress(StorageUnavailableError):  # the next time will do
                async with self._db.write(quick=True) as conn:
                    await conn.execute(
                        keys.update().where(mine).values(lease_until_us=self._ends())
                    )

    def _ends(self) -> ColumnElement[int]:
        return database_now() + round(self._lease * SECOND)

    async def _sweep(self) -> None:
        """Forget old answers, now and then, in a transaction of its own."""
        if time.monotonic() < self._sweep_at:
            return
        self._sweep_at = time.monotonic() + _SWEEP_SECONDS
        async with self._db.write() as conn:
            await conn.execute(delete(keys).where(keys.c.expires_us <= database_now()))


async def _take(
    conn: AsyncConnection, operation: Operation, owner: str, ends: ColumnElement[int]
) -> None:
    fresh: dict[str, Any] = {
        "fingerprint": operation.fingerprint,
        "owner": owner,
        "lease_until_us": ends,
        "expires_us": database_now() + _KEPT,
        "status": None,
        "media_type": None,
        "body": None,
    }
    row = {
        "workspace_id": operation.workspace_id,
        "operation": operation.name,
        "key": operation.key,
    }
    dead = and_(keys.c.status.is_(None), keys.c.lease_until_us <= database_now())
    free = or_(dead, keys.c.expires_us <= database_now())
    statement = insert_into(conn, keys).values(**row, **fresh)
    await conn.execute(
        statement.on_conflict_do_update(
            index_elements=["workspace_id", "operation", "key"], set_=fresh, where=free
        )
    )


def _is(operation: Operation) -> ColumnElement[bool]:
    return and_(
        keys.c.workspace_id == operation.workspace_id,
        keys.c.operation == operation.name,
        keys.c.key == operation.key,
    )


def _state(row: Row[Any], operation: Operation, owner: str) -> ClaimState:
    if row.owner == owner:
        return ClaimState.MINE
    if row.fingerprint != operation.fingerprint:
        return ClaimState.REUSED
    return ClaimState.RUNNING if row.status is None else ClaimState.KEPT


def _answer(row: Row[Any]) -> KeptAnswer | None:
    if row.status is None:
        return None
    return KeptAnswer(row.status, row.media_type, row.body)
