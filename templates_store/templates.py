"""The store of templates: every change of one is a new immutable version."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import now_us, to_iso
from core.database import Database
from core.errors import ConflictError, ValidationError
from core.ids import new_id
from core.listing import Window
from core.outbox import Event
from templates_store.bindings.rows import pause_those_of, refresh_those_of
from templates_store.codec import state_of
from templates_store.discover import AnalyseFor
from templates_store.errors import PartialNotFoundError
from templates_store.models import templates
from templates_store.partials import Partial
from templates_store.prepare import prepare
from templates_store.resolved import Resolved, VersionCache, resolved_of
from templates_store.rows import (
    TemplateQuery,
    change_head,
    filtered,
    head_row,
    heads_named,
    hide_head,
    history_in,
    insert_version,
    names_of,
    publish_head,
    read_version,
    template_of,
    version_row,
)
from templates_store.settings import TemplateSettings
from templates_store.tags import join_tags
from templates_store.template import (
    Engine,
    NewTemplate,
    Template,
    TemplatePatch,
    TemplateState,
    VersionInfo,
)
from templates_store.variables import VariableDefinition

__all__ = ["Templates"]

_ATTEMPTS = 4
_MOST_HEADS = 4096
_MOST_NAMES = 500
_NEWEST = Window(limit=100, sort="number")

Announce = Callable[[AsyncConnection, Event], Awaitable[object]]
"""Tells the world of an event, in the unit of work of what it announces."""

Version = int | Literal["draft"] | None
"""Which state is meant: a number, the newest one, or (None) the published one."""


class Templates:
    """Templates of every workspace; another workspace's id is never found.

    `analyse` reads a source (the renderer does it, in its jail) and raises for a broken one;
    `analyse_canvas` does it for the engine `fabric`.
    """

    def __init__(
        self,
        db: Database,
        analyse: AnalyseFor,
        settings: TemplateSettings | None = None,
        announce: Announce | None = None,
        analyse_canvas: AnalyseFor | None = None,
    ) -> None:
        self._announce = announce or _nobody_listens
        self._db = db
        self._analyse: dict[Engine, AnalyseFor] = {
            "html": analyse,
            "fabric": analyse_canvas or analyse,
        }
        self._settings = settings or TemplateSettings()
        self._versions = VersionCache(self._settings.template_cache_bytes)
        self._heads: dict[tuple[str, str], tuple[float, Row[Any]]] = {}

    async def create(self, workspace_id: str, new: NewTemplate, author: str) -> Template:
        """Store a template as version 1. Raises what `prepare` raises; then nothing is stored."""
        state, added = await self._prepared(workspace_id, new.state)
        uid, now = new_id("tpl"), now_us()
        row = {
            "uid": uid,
            "workspace_id": workspace_id,
            "name": new.name,
            "description": new.description,
            "engine": state.engine,
            "output_format": state.output_format,
            "tags": join_tags(new.tags),
            "auto_publish": new.auto_publish,
            "latest_version": 1,
            "published_version": None if new.draft else 1,
            "created_us": now,
            "updated_us": now,
        }
        async with self._db.write() as conn:
            await conn.execute(templates.insert().values(row))
            await insert_version(
                conn,
                workspace_id=workspace_id,
                uid=uid,
                number=1,
                state=state,
                author=author,
                note=new.note,
            )
            head = await head_row(conn, workspace_id, uid)
            if not new.draft:
                await self._announce(conn, _published(head, 1, now))
        return template_of(head, 1, state, added)

    async def get(self, workspace_id: str, uid: str, version: Version = None) -> Template:
        """One template with its bodies, as of `version`. Raises NotFoundError."""
        async with self._db.read() as conn:
            head = await head_row(conn, workspace_id, uid)
            number = _number(head, version)
            _, state = await self._state(conn, workspace_id, uid, number)
        return template_of(head, number, state)

    async def list(
        self, workspace_id: str, query: TemplateQuery | None = None
    ) -> tuple[list[Template], int]:
        """A window of the templates, without bodies, and how many there are in all."""
        window, count = filtered(workspace_id, query or TemplateQuery())
        async with self._db.read() as conn:
            rows = (await conn.execute(window)).all()
            total = (await conn.execute(count)).scalar_one()
        items = [template_of(row, row.number, state_of(row.settings, None, {})) for row in rows]
        return items, total

    async def update(
        self,
        workspace_id: str,
        uid: str,
        patch: TemplatePatch,
        author: str,
        *,
        if_match: int | None = None,
    ) -> Template:
        """Store a new version: the newest one with the patch on top.

        `if_match` is the newest version that the caller knows; when it has moved, ConflictError.
        Raises NotFoundError, and what `prepare` raises; then nothing is stored.
        """
        for _ in range(_ATTEMPTS):
            async with self._db.read() as conn:
                head = await head_row(conn, workspace_id, uid)
                if if_match is not None and if_match != head.latest_version:
                    raise _moved(uid, if_match, head.latest_version)
                _, base = await self._state(conn, workspace_id, uid, head.latest_version)
            _refuse_other_engine(head, patch)
            state, added = await self._prepared(workspace_id, _patched(base, patch))
            saved = await self._save(head, state, patch, author)
            if saved is not None:
                known = {definition.name for definition in base.definitions}
                fresh = tuple(name for name in added if name not in known)
                return template_of(saved, saved.latest_version, state, fresh)
        raise ConflictError(f"The template '{uid}' is being changed by others: send it again")

    async def _prepared(
        self, workspace_id: str, state: TemplateState
    ) -> tuple[TemplateState, tuple[str, ...]]:
        find = partial(self._partial, workspace_id)
        analyse = partial(self._analyse[state.engine], workspace_id)
        return await prepare(state, analyse, self._settings, find)

    async def _save(
        self, head: Row[Any], state: TemplateState, patch: TemplatePatch, author: str
    ) -> Row[Any] | None:
        """The new head; None when somebody else saved since `head` was read."""
        number = head.latest_version + 1
        changes = dict(patch.head)
        if "tags" in changes:
            changes["tags"] = join_tags(tuple(changes["tags"]))
        publishes = not patch.draft and changes.get("auto_publish", head.auto_publish)
        if publishes:
            changes["published_version"] = number
        async with self._db.write() as conn:
            if not await change_head(conn, head, number, state, changes):
                return None
            await insert_version(
                conn,
                workspace_id=head.workspace_id,
                uid=head.uid,
                number=number,
                state=state,
                author=author,
                note=patch.note,
            )
            saved = await head_row(conn, head.workspace_id, head.uid)
            if publishes:
                await refresh_those_of(conn, head.uid, self._settings.template_cache_seconds)
                await self._announce(conn, _published(saved, number, now_us()))
        self._forget(head.workspace_id, head.uid)
        return saved

    async def delete(self, workspace_id: str, uid: str) -> None:
        """Hide a template and pause its bindings; its versions stay for batches pinned to one."""
        async with self._db.write() as conn:
            await hide_head(conn, workspace_id, uid)
            await pause_those_of(conn, uid)
        self._forget(workspace_id, uid)

    async def versions(
        self, workspace_id: str, uid: str, window: Window = _NEWEST
    ) -> tuple[Sequence[VersionInfo], int]:
        """A window of the history, and how many versions there are. Raises NotFoundError."""
        listed, count = history_in(workspace_id, uid, window)
        async with self._db.read() as conn:
            head = await head_row(conn, workspace_id, uid)
            rows = (await conn.execute(listed)).all()
            total = (await conn.execute(count)).scalar_one()
        return [_info(row, head) for row in rows], total

    async def version(self, workspace_id: str, uid: str, number: int) -> VersionInfo:
        """One line of the history. Raises NotFoundError."""
        async with self._db.read() as conn:
            head = await head_row(conn, workspace_id, uid)
            return _info(await version_row(conn, workspace_id, uid, number), head)

    async def publish(
        self, workspace_id: str, uid: str, number: int, *, expected: int | None = None
    ) -> Template:
        """Make a version the one that renders use, also an older one.

        `expected`: the published version that the caller knows, 0 for none; when it has moved,
        ConflictError.
        """
        async with self._db.write() as conn:
            head = await head_row(conn, workspace_id, uid)
            await version_row(conn, workspace_id, uid, number)
            if expected is not None and expected != (head.published_version or 0):
                raise _published_moved(uid, expected, head.published_version or 0)
            if not await publish_head(conn, head, number):
                raise ConflictError(f"Somebody else published a version of '{uid}' at this moment")
            await refresh_those_of(conn, uid, self._settings.template_cache_seconds)
            await self._announce(conn, _published(head, number, now_us()))
        self._forget(workspace_id, uid)
        return await self.get(workspace_id, uid)

    async def restore(self, workspace_id: str, uid: str, number: int, author: str) -> Template:
        """Copy an older version into a new one."""
        old = (await self.get(workspace_id, uid, number)).state
        fields = {name: getattr(old, name) for name in TemplateState.__slots__}
        patch = TemplatePatch(state=fields, note=f"restored from version {number}")
        return await self.update(workspace_id, uid, patch, author)

    async def resolve(
        self,
        workspace_id: str,
        uid: str,
        *,
        version: Version = None,
        layout: str | None = None,
        even_deleted: bool = False,
    ) -> Resolved:
        """What a render needs: the step `resolve`. Raises NotFoundError.

        An unknown layout falls back to the base and says so. `even_deleted` is for batches that
        were pinned to a version while the template was there.
        """
        head = await self._head(workspace_id, uid, even_deleted=even_deleted)
        number = _number(head, version)
        found = self._versions.get((workspace_id, uid, number))
        if found is None:
            async with self._db.read() as conn:
                found = await self._state(conn, workspace_id, uid, number)
        digest, state = found
        return resolved_of(
            uid=uid, name=head.name, version=number, digest=digest, state=state, layout=layout
        )

    async def _head(self, workspace_id: str, uid: str, *, even_deleted: bool) -> Row[Any]:
        key, now = (workspace_id, uid), time.monotonic()
        known = self._heads.get(key)
        if known is not None and known[0] > now and (even_deleted or known[1].deleted_us is None):
            return known[1]
        async with self._db.read(quick=True) as conn:
            head = await head_row(conn, workspace_id, uid, even_deleted=even_deleted)
        if len(self._heads) >= _MOST_HEADS:
            self._heads.clear()
        self._heads[key] = (now + self._settings.template_cache_seconds, head)
        return head

    async def _state(
        self, conn: AsyncConnection, workspace_id: str, uid: str, number: int
    ) -> tuple[str, TemplateState]:
        key = (workspace_id, uid, number)
        found = self._versions.get(key)
        if found is None:
            found = await read_version(conn, workspace_id, uid, number)
            self._versions.put(key, *found)
        return found

    async def _partial(self, workspace_id: str, name: str) -> Partial | Sequence[str]:
        """The published state of the template of that name; without one, the names there are."""
        async with self._db.read() as conn:
            heads = await heads_named(conn, workspace_id, name)
            if not heads:
                return await names_of(conn, workspace_id, _MOST_NAMES)
            if len(heads) > 1:
                raise PartialNotFoundError(
                    f"{len(heads)} templates are called '{name[:80]}': include one by its uid, "
                    f"such as '{heads[0].uid}'"
                )
            if heads[0].engine != "html":
                raise PartialNotFoundError(
                    f"The template '{name[:80]}' is a canvas, and no part of a page: include one "
                    "that has html"
                )
            number = _number(heads[0], None)
            _, state = await self._state(conn, workspace_id, heads[0].uid, number)
        return Partial(heads[0].uid, number, state.html or "")

    def _forget(self, workspace_id: str, uid: str) -> None:
        self._heads.pop((workspace_id, uid), None)


def _number(head: Row[Any], version: Version) -> int:
    if version == "draft":
        return head.latest_version
    return version or head.published_version or head.latest_version


def _info(row: Row[Any], head: Row[Any]) -> VersionInfo:
    return VersionInfo(
        number=row.number,
        digest=row.digest,
        author=row.author,
        note=row.note,
        created_us=row.created_us,
        published=row.number == head.published_version,
    )


def _moved(uid: str, known: int, current: int) -> ConflictError:
    return ConflictError(
        f"The template '{uid}' is at version {current}, not {known}: "
        "read it again and redo the change",
        extra={"currentVersion": current},
    )


def _published_moved(uid: str, known: int, current: int) -> ConflictError:
    return ConflictError(
        f"Version {current or 'none'} of the template '{uid}' is published, not {known or 'none'}: "
        "look at what was published meanwhile and decide anew",
        extra={"publishedVersion": current or None},
    )


def _refuse_other_engine(head: Row[Any], patch: TemplatePatch) -> None:
    if patch.engine is not None and patch.engine != head.engine:
        members = {"html": "html", "fabric": "fabricJSData"}
        raise ValidationError.of(
            members[patch.engine],
            f"the engine of the template '{head.uid}' is {head.engine}, and an engine never "
            f"changes: send {members[head.engine]}, or store a new template",
            "contradiction",
        )


def _patched(base: TemplateState, patch: TemplatePatch) -> TemplateState:
    state = replace(base, **patch.state)
    if "definitions" not in patch.state:
        return state
    guesses = {d.name: d for d in base.definitions if not d.declared}
    return replace(state, definitions=_still_guessed(state.definitions, guesses))


def _still_guessed(
    given: Sequence[VariableDefinition], guesses: dict[str, VariableDefinition]
) -> tuple[VariableDefinition, ...]:
    """A guess that a client read and sent back unchanged stays a guess: it is not enforced."""
    return tuple(
        guesses[d.name]
        if d.name in guesses and replace(d, declared=False) == guesses[d.name]
        else d
        for d in given
    )


def _published(head: Row[Any], number: int, moment_us: int) -> Event:
    """`template.published`: which version renders use from now on."""
    data = {
        "templateUid": head.uid,
        "templateId": head.uid,
        "name": head.name,
        "version": number,
        "publishedAt": to_iso(moment_us),
    }
    return Event(head.workspace_id, "template.published", data, {"templateId": head.uid})


async def _nobody_listens(conn: AsyncConnection, event: Event) -> None:
    """A store of its own, as tests have it, tells nobody."""
