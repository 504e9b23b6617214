"""The bindings of every workspace, as callers know them; a workspace sees its own alone."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import and_, delete
from sqlalchemy.ext.asyncio import AsyncConnection

from core.artifacts import Artifacts
from core.database import Database
from core.errors import ConflictError, FieldError, NotFoundError, ValidationError
from core.ids import new_token
from core.reach import Reach
from core.sealing import SealedTextError
from egress.client import EgressClient
from jobs.bindings.check import check_new, host_of, origin_of
from jobs.bindings.errors import BindingLimitError
from jobs.bindings.held import Claims, Held, Shares
from jobs.bindings.probe import Probe, probe
from jobs.bindings.refresh import Refresh
from jobs.bindings.settings import BindingSettings
from jobs.bindings.settle import PutOff
from jobs.queue.port import Queue
from templates_store.bindings.binding import Binding, NewBinding
from templates_store.bindings.credentials import HIDDEN, Secrets, is_secret_header
from templates_store.bindings.data import keep_posted, read_data
from templates_store.bindings.models import bindings
from templates_store.bindings.rows import (
    BindingQuery,
    ask_again,
    change,
    count_of,
    insert_binding,
    list_of,
    not_found,
    read,
    values_of,
)
from templates_store.templates import Templates

__all__ = ["Bindings"]

_TURN = 15.0
"""Seconds that somebody who asks for a refresh waits for one that is under way."""
_LOOK_S = 0.05


class Bindings:
    """Creates, changes and refreshes bindings; the refresher does the rest by itself."""

    def __init__(
        self,
        db: Database,
        artifacts: Artifacts,
        templates: Templates,
        queue: Queue,
        client: EgressClient,
        refresh: Refresh,
        settings: BindingSettings,
    ) -> None:
        self.settings = settings
        self._db = db
        self._artifacts = artifacts
        self._templates = templates
        self._queue = queue
        self._client = client
        self._refresh = refresh
        self._sealing = refresh.sources.sealing
        self._claims = Claims(db, Shares(1, 1, 1))

    async def create(self, workspace_id: str, new: NewBinding, reach: Reach) -> Binding:
        """Store a binding; its first refresh begins at once.

        `reach` is the key's: neither source nor picture goes further. Raises NotFoundError (the
        template), ValidationError, BlockedAddressError, FetchFailedError, SealingUnavailableError,
        BindingLimitError.
        """
        await check_new(new, workspace_id, reach, self._templates, self._client)
        uid = f"bnd_{new_token()}"
        secrets = _secrets(new, Secrets())
        async with self._db.write() as conn:
            await self._refuse_too_many(conn, workspace_id)
            values = self._values(new, uid, secrets)
            await insert_binding(conn, workspace_id, uid, reach, values)
        await self._queue.ring(f"binding:{uid}")
        return await self.get(workspace_id, uid)

    async def get(self, workspace_id: str, uid: str) -> Binding:
        """One of the workspace's bindings. Raises NotFoundError."""
        async with self._db.read() as conn:
            found = await read(conn, bindings.c.uid == uid, bindings.c.workspace_id == workspace_id)
        if found is None:
            raise not_found(uid)
        return found

    async def list(self, workspace_id: str, query: BindingQuery) -> tuple[list[Binding], int]:
        """A page of them, newest first, and the count of all that fit."""
        async with self._db.read() as conn:
            return await list_of(conn, workspace_id, query)

    async def update(
        self,
        workspace_id: str,
        uid: str,
        new: NewBinding,
        reach: Reach,
        *,
        keep_credentials: bool,
    ) -> Binding:
        """Put `new` in its place and refresh it; its URLs and its data stay.

        Secrets that are not sent again are kept, unless the source is elsewhere now: whoever may
        change an address could have them sent to himself. Raises what `create` raises.
        """
        found = await self.get(workspace_id, uid)
        await check_new(new, workspace_id, reach, self._templates, self._client)
        former = self._former(found, new, keep_credentials=keep_credentials)
        values = self._values(new, uid, _secrets(new, former))
        if keep_credentials:
            values["credentials_type"] = found.credentials_type
        fresh = {"etag": None, "last_modified": None, "error_count": 0, "last_error": None}
        status = {} if found.status == "paused" else {"status": "active"}
        values |= {**fresh, **status, **ask_again(), "reach": reach.to_json()}
        async with self._db.write() as conn:
            await change(conn, workspace_id, uid, values)
        await self._queue.ring(f"binding:{uid}")
        return await self.get(workspace_id, uid)

    async def delete(self, workspace_id: str, uid: str) -> None:
        """Delete it with its picture: its URLs answer 404 from now on. Raises NotFoundError."""
        mine = and_(bindings.c.uid == uid, bindings.c.workspace_id == workspace_id)
        # The picture of this moment: a refresh may have replaced the one that was read before.
        ended = delete(bindings).where(mine).returning(bindings.c.artifact_id)
        async with self._db.write() as conn:
            row = (await conn.execute(ended)).one_or_none()
        if row is None:
            raise not_found(uid)
        if row.artifact_id is not None:
            with suppress(NotFoundError):  # it may have been deleted by hand
                await self._artifacts.delete(workspace_id, row.artifact_id)

    async def pause(self, workspace_id: str, uid: str) -> Binding:
        """Refresh it no more; it shows what it has. Raises NotFoundError."""
        async with self._db.write() as conn:
            await change(conn, workspace_id, uid, {"status": "paused"})
        return await self.get(workspace_id, uid)

    async def resume(self, workspace_id: str, uid: str) -> Binding:
        """Refresh it again, now and as its policy says.

        Raises NotFoundError, and ConflictError when its template has gone.
        """
        found = await self.get(workspace_id, uid)
        if found.status != "paused":
            return found
        try:
            await self._templates.resolve(workspace_id, found.template_uid, version=found.version)
        except NotFoundError as error:
            raise ConflictError(
                f"The binding's template '{found.template_uid}' was deleted: give it another one "
                "by PUT, then resume it"
            ) from error
        fresh = {"status": "active", "error_count": 0, "last_error": None}
        async with self._db.write() as conn:
            await change(conn, workspace_id, uid, fresh | ask_again())
        await self._queue.ring(f"binding:{uid}")
        return await self.get(workspace_id, uid)

    async def refresh(self, workspace_id: str, uid: str) -> Binding:
        """Refresh it now, also while it is paused; what came of it stands in the answer.

        Raises NotFoundError, ConflictError while somebody else takes too long for it, and
        OverloadedError or StorageUnavailableError when it could not be tried.
        """
        verdict = await self._refresh.run(await self._taken(workspace_id, uid))
        await self._queue.ring("events")
        if isinstance(verdict, PutOff):
            raise verdict.error
        return await self.get(workspace_id, uid)

    async def test(self, workspace_id: str, uid: str) -> Probe:
        """What a refresh would get now; nothing is kept or rendered. Raises NotFoundError."""
        binding = await self.get(workspace_id, uid)
        async with self._db.read() as conn:
            kept = await read_data(conn, uid)
        resolved = await self._templates.resolve(
            workspace_id, binding.template_uid, version=binding.version
        )
        return await probe(self._refresh.sources, binding, kept, resolved)

    async def by_hook(self, hook: str) -> Binding | None:
        """The binding whose webhook has this token."""
        async with self._db.read(quick=True) as conn:
            return await read(conn, bindings.c.hook == hook)

    async def by_uid(self, uid: str) -> Binding | None:
        """The binding behind a public URL, whosever it is."""
        async with self._db.read(quick=True) as conn:
            return await read(conn, bindings.c.uid == uid)

    async def variables(self, binding: Binding) -> Mapping[str, Any]:
        """What its picture shows: the variables of the last sound data, else the defaults."""
        async with self._db.read(quick=True) as conn:
            kept = await read_data(conn, binding.uid)
        return binding.defaults if kept.variables is None else kept.variables

    async def ask_again(self, binding: Binding) -> None:
        """Have it refreshed soon; a refresh under way comes to its end first."""
        async with self._db.write() as conn:
            await _ask_again(conn, binding)
        await self._queue.ring(f"binding:{binding.uid}")

    async def notify(self, binding: Binding, body: Any) -> None:
        """Its webhook was called: `body` is the data of a binding that is fed, else it is ignored.

        Raises ConflictError while it is paused.
        """
        if binding.status == "paused":
            raise ConflictError("The binding is paused: resume it, then post again")
        async with self._db.write() as conn:
            if binding.source.type == "webhook":
                await keep_posted(conn, binding.uid, body)
            await _ask_again(conn, binding)
        await self._queue.ring(f"binding:{binding.uid}")

    async def _refuse_too_many(self, conn: AsyncConnection, workspace_id: str) -> None:
        count, most = await count_of(conn, workspace_id), self.settings.binding_max_count
        if count >= most:
            raise BindingLimitError(
                f"This workspace has {count} bindings, and {most} is the most "
                "(PLATEN_BINDING_MAX_COUNT): delete some"
            )

    async def _taken(self, workspace_id: str, uid: str) -> Held:
        await self.get(workspace_id, uid)
        with suppress(TimeoutError):
            async with asyncio.timeout(_TURN):
                while (held := await self._claims.take_one(workspace_id, uid)) is None:  # noqa: ASYNC110 - it may be in another process
                    await asyncio.sleep(_LOOK_S)
                return held
        raise ConflictError(
            f"The binding '{uid}' is being refreshed already and its source takes long: look at "
            "it again in a moment"
        )

    def _values(self, new: NewBinding, uid: str, secrets: Secrets) -> dict[str, Any]:
        return values_of(
            new,
            secret=secrets.sealed(self._sealing, uid),
            hidden=secrets.headers,
            host=host_of(new),
        )

    def _former(self, found: Binding, new: NewBinding, *, keep_credentials: bool) -> Secrets:
        """The secrets that stay. Raises ValidationError when they may not."""
        kept_headers = [name for name, value in new.source.headers.items() if value == HIDDEN]
        if found.secret is None or not (keep_credentials or kept_headers):
            return Secrets()
        if origin_of(found.source.url) != origin_of(new.source.url):
            text = "must be sent again, since dataSource.url leads to another origin now"
            names = ["credentials"] if keep_credentials and found.credentials_type else []
            fields = [f"dataSource.{name}" for name in (*names, *_headers(kept_headers))]
            if not fields:
                return Secrets()
            raise ValidationError(
                f"{fields[0]} {text}",
                fields=[FieldError(one, f"{one} {text}", "required") for one in fields],
            )
        try:
            former = Secrets.opened(self._sealing, found.uid, found.secret)
        except SealedTextError as error:
            raise ValidationError.of(
                "dataSource.credentials",
                "dataSource.credentials must be sent again: those that are kept were encrypted "
                "with another PLATEN_SECRET_KEY",
                "required",
            ) from error
        return Secrets(former.credentials if keep_credentials else {}, former.headers)


async def _ask_again(conn: AsyncConnection, binding: Binding) -> None:
    asked = bindings.update().where(bindings.c.uid == binding.uid)
    await conn.execute(asked.values(ask_again()))


def _headers(names: list[str]) -> list[str]:
    return [f"headers.{name}" for name in names]


def _secrets(new: NewBinding, former: Secrets) -> Secrets:
    """Credentials, sent now or kept, and the headers that hold secrets."""
    known = {name.lower(): value for name, value in former.headers.items()}
    headers = {
        name: known.get(name.lower(), value) if value == HIDDEN else value
        for name, value in new.source.headers.items()
        if is_secret_header(name)
    }
    credentials = former.credentials if new.credentials is None else new.credentials
    return Secrets(credentials, headers)
