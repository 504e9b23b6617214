"""Workspaces, the tenants, and the keys that open them.

A key's secret is `pk_` and 32 characters of base 32 when we make it, but its form is never
judged on the way in: only its SHA-256 is stored and looked up, so that neither the table nor the
time of an answer tells anything about a secret.
"""

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Update, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import now_us
from core.database import Database
from core.errors import NotFoundError, ValidationError
from core.ids import new_id
from core.insert import insert_into
from core.keys import ApiKey, hash_secret, key_of, key_row, new_key, new_secret
from core.models import api_keys, workspaces
from core.reach import Reach
from core.sessions import close_session, key_of_session, open_session
from core.tenant import DEFAULT_WORKSPACE, SCOPES, Isolation

__all__ = ["Principal", "Workspace", "Workspaces"]

_CACHE_SECONDS = 5.0
_CACHE_SIZE = 4096


@dataclass(frozen=True, slots=True)
class Workspace:
    """A tenant. `plan` None: the plan of the whole installation."""

    id: str
    name: str
    plan: str | None
    created_us: int
    isolation: Isolation = "shared"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: the workspace, through which key, with which scopes, plan and reach."""

    workspace_id: str
    key_id: str
    scopes: frozenset[str]
    plan: str
    reach: Reach = field(default_factory=Reach)


class Workspaces:
    """The table of tenants and keys. A revoked key is refused at once here, elsewhere in 5 s."""

    def __init__(self, db: Database, default_plan: str = "unlimited") -> None:
        self._db = db
        self._default_plan = default_plan
        self._known: dict[str, tuple[float, Principal]] = {}

    async def create(
        self, name: str, plan: str | None = None, isolation: Isolation = "shared"
    ) -> Workspace:
        """Make a workspace without any key."""
        workspace = Workspace(new_id("ws"), name, plan, now_us(), isolation)
        async with self._db.write() as conn:
            await conn.execute(workspaces.insert().values(asdict(workspace)))
        return workspace

    async def isolate(self, workspace_id: str, isolation: Isolation) -> Workspace:
        """Change how far it keeps to itself; renders notice within 5 s. Raises NotFoundError."""
        change = workspaces.update().where(workspaces.c.id == workspace_id)
        async with self._db.write() as conn:
            await conn.execute(change.values(isolation=isolation))
        return await self.get(workspace_id)

    async def get(self, workspace_id: str) -> Workspace:
        """One workspace. Raises NotFoundError."""
        query = select(workspaces).where(workspaces.c.id == workspace_id)
        async with self._db.read() as conn:
            row = (await conn.execute(query)).mappings().one_or_none()
        if row is None:
            raise NotFoundError(f"No workspace has the id '{workspace_id}'")
        return Workspace(**row)

    async def plan(self, workspace_id: str) -> str:
        """Its plan, or that of the whole installation. Raises NotFoundError."""
        return (await self.get(workspace_id)).plan or self._default_plan

    async def create_key(
        self,
        workspace_id: str,
        name: str = "",
        scopes: Iterable[str] | None = None,
        secret: str | None = None,
        reach: Reach | None = None,
    ) -> tuple[ApiKey, str]:
        """Make a key; returns it and its secret, which is shown this once.

        `reach`: how far requests on its behalf may go; every public address without one.
        Raises NotFoundError for an unknown workspace, ValidationError for an unknown scope.
        """
        await self.get(workspace_id)
        secret = secret or new_secret()
        key = new_key(workspace_id, name, _checked(scopes), secret, reach)
        async with self._db.write() as conn:
            await conn.execute(api_keys.insert().values(key_row(key, secret, "issued")))
        return key, secret

    async def keys(self, workspace_id: str | None = None) -> list[ApiKey]:
        """The keys of one workspace, or of all, oldest first; revoked ones too."""
        query = select(api_keys).order_by(api_keys.c.created_us, api_keys.c.id)
        if workspace_id is not None:
            query = query.where(api_keys.c.workspace_id == workspace_id)
        async with self._db.read() as conn:
            return [key_of(row) for row in await conn.execute(query)]

    async def revoke(self, key_id: str) -> ApiKey:
        """Refuse the key from now on; revoking twice is fine. Raises NotFoundError."""
        async with self._db.write() as conn:
            await conn.execute(_revoke(api_keys.c.id == key_id))
            row = (
                await conn.execute(select(api_keys).where(api_keys.c.id == key_id))
            ).one_or_none()
        self._known.clear()
        if row is None:
            raise NotFoundError(f"No key has the id '{key_id}': `platen key list` shows them")
        return key_of(row)

    async def authenticate(self, secret: str) -> Principal | None:
        """Who holds this secret; None when nobody does, or not any more."""
        digest = hash_secret(secret)
        known = self._known.get(digest)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        async with self._db.read(quick=True) as conn:
            row = (await conn.execute(_lookup(digest))).one_or_none()
            if row is None:
                # A session's token is looked up as the secret that it stands in for.
                behind = await key_of_session(conn, digest)
                row = (await conn.execute(_lookup(behind or digest))).one_or_none()
        if row is None:
            self._known.pop(digest, None)
            return None
        return self._remember(digest, self._principal(row))

    async def open_session(self, secret: str, seconds: float) -> str | None:
        """A token that stands in for the key for `seconds`; None when nobody holds the secret.

        A browser keeps it instead of the key. It ends with the key, and opens no other session.
        """
        async with self._db.write() as conn:
            row = (await conn.execute(_lookup(hash_secret(secret)))).one_or_none()
            return None if row is None else await open_session(conn, row.id, seconds)

    async def close_session(self, token: str) -> None:
        """Refuse the token from now on; one that is unknown is fine."""
        digest = hash_secret(token)
        async with self._db.write() as conn:
            await close_session(conn, digest)
        self._known.pop(digest, None)

    async def bootstrap(self, api_key: str | None) -> str | None:
        """Make the workspace `default` and its first key, once; returns a new secret to print.

        With `api_key` (from the environment) that key is accepted and nothing needs printing;
        a key that came from the environment before and is another one now is revoked.
        """
        async with self._db.write() as conn:
            await _make_default(conn)
            if api_key:
                await _accept_from_environment(conn, api_key)
                return None
            if not await _first_key(conn):
                return None
            secret = new_secret()
            key = new_key(DEFAULT_WORKSPACE, "first key", tuple(SCOPES), secret)
            await conn.execute(api_keys.insert().values(key_row(key, secret, "issued")))
            return secret

    async def list(self) -> list[Workspace]:
        """All workspaces, oldest first."""
        query = select(workspaces).order_by(workspaces.c.created_us, workspaces.c.id)
        async with self._db.read() as conn:
            rows = (await conn.execute(query)).mappings()
            return [Workspace(**row) for row in rows]

    async def ensure_default(self) -> None:
        """Make the workspace `default` if it is missing, without a key."""
        async with self._db.write() as conn:
            await _make_default(conn)

    def _principal(self, row: Row[Any, Any, Any, Any, Any]) -> Principal:
        plan = row.plan or self._default_plan
        scopes, reach = frozenset(row.scopes), Reach.of_json(row.reach)
        return Principal(row.workspace_id, row.id, scopes, plan, reach)

    def _remember(self, digest: str, principal: Principal) -> Principal:
        if len(self._known) >= _CACHE_SIZE:
            self._known.clear()
        self._known[digest] = (time.monotonic() + _CACHE_SECONDS, principal)
        return principal


def _checked(scopes: Iterable[str] | None) -> tuple[str, ...]:
    asked = tuple(SCOPES) if scopes is None else tuple(scopes)
    unknown = [scope for scope in asked if scope not in SCOPES]
    if unknown or not asked:
        raise ValidationError.of(
            "scopes",
            f"scopes must be some of {', '.join(SCOPES)}; got {', '.join(unknown) or 'none'}",
            "unknown_scope",
        )
    return asked


def _lookup(digest: str) -> Select[Any, Any, Any, Any, Any]:
    key = api_keys.c
    return (
        select(key.id, key.workspace_id, key.scopes, key.reach, workspaces.c.plan)
        .join(workspaces, workspaces.c.id == key.workspace_id)
        .where(key.secret_sha256 == digest, key.revoked_us.is_(None))
    )


def _revoke(which: ColumnElement[bool]) -> Update:
    return (
        api_keys.update().where(which, api_keys.c.revoked_us.is_(None)).values(revoked_us=now_us())
    )


async def _make_default(conn: AsyncConnection) -> None:
    """Insert the default workspace unless it is there."""
    row = asdict(Workspace(DEFAULT_WORKSPACE, "default", None, now_us()))
    await conn.execute(insert_into(conn, workspaces).values(row).on_conflict_do_nothing())


async def _first_key(conn: AsyncConnection) -> bool:
    """Whether no key was ever made; of two processes that start together one hears True."""
    # The row is locked until the unit of work ends (SQLite has one writer at a time anyway).
    place = select(workspaces.c.id).where(workspaces.c.id == DEFAULT_WORKSPACE)
    await conn.execute(place.with_for_update())
    return (await conn.execute(select(api_keys.c.id).limit(1))).first() is None


async def _accept_from_environment(conn: AsyncConnection, secret: str) -> None:
    key = new_key(DEFAULT_WORKSPACE, "PLATEN_API_KEY", tuple(SCOPES), secret)
    await conn.execute(
        insert_into(conn, api_keys)
        .values(key_row(key, secret, "environment"))
        .on_conflict_do_update(index_elements=["secret_sha256"], set_={"revoked_us": None})
    )
    await conn.execute(
        _revoke(
            (api_keys.c.origin == "environment") & (api_keys.c.secret_sha256 != hash_secret(secret))
        )
    )
