"""Statements over the tables of templates and versions, and what their rows mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import now_us
from core.errors import NotFoundError
from core.listing import Order, Window, in_window
from renderer.compose.analysis import ANY
from templates_store.assets.rows import refuse_unknown
from templates_store.bodies import get_body, put_body
from templates_store.codec import (
    digest_of,
    partial_digests,
    settings_of,
    source_digests,
    state_of,
)
from templates_store.models import template_assets, template_versions, templates
from templates_store.tags import join_tags, split_tags
from templates_store.template import OutputFormat, Template, TemplateState

__all__ = [
    "TemplateQuery",
    "change_head",
    "filtered",
    "head_row",
    "heads_named",
    "hide_head",
    "history_in",
    "insert_version",
    "names_of",
    "not_found",
    "publish_head",
    "read_version",
    "template_of",
    "version_row",
]

_MOST_VERSIONS = 2**31 - 1  # what the column holds
_ORDERS = {
    "created_us": Order(templates.c.created_us),
    "updated_us": Order(templates.c.updated_us),
    "name": Order(templates.c.name, fold=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateQuery:
    """A window of a workspace's templates. `q` looks in name and description."""

    window: Window = field(default_factory=Window)
    output_format: OutputFormat | None = None
    q: str = ""
    tag: str = ""


_ANY_HEAD = select(templates).where(
    templates.c.uid == bindparam("uid"), templates.c.workspace_id == bindparam("workspace_id")
)
_HEAD = _ANY_HEAD.where(templates.c.deleted_us.is_(None))


def not_found(uid: str, version: int | str | None = None) -> NotFoundError:
    """The answer for an unknown id, and for another workspace's."""
    what = f"No version {version} of the template" if version else "No template with the id"
    return NotFoundError(f"{what} '{uid[:80]}' exists in this workspace: check the id and the key")


def filtered(workspace_id: str, query: TemplateQuery) -> tuple[Select[Any], Select[int]]:
    """The rows of one window, each with its shown version's settings, and the count of all."""
    where = _where(workspace_id, query)
    shown = func.coalesce(templates.c.published_version, templates.c.latest_version)
    joined = templates.join(
        template_versions,
        and_(
            template_versions.c.template_uid == templates.c.uid,
            template_versions.c.number == shown,
        ),
    )
    columns = (templates, template_versions.c.number, template_versions.c.settings)
    listed = select(*columns).select_from(joined).where(where)
    rows = in_window(listed, query.window, _ORDERS, templates.c.uid)
    return rows, select(func.count()).select_from(joined).where(where)


def _where(workspace_id: str, query: TemplateQuery) -> ColumnElement[bool]:
    tests = [templates.c.workspace_id == workspace_id, templates.c.deleted_us.is_(None)]
    if query.output_format:
        shown = template_versions.c.settings["output_format"].as_string()
        tests.append(shown == query.output_format)
    if query.tag:
        tests.append(templates.c.tags.contains(join_tags((query.tag,)), autoescape=True))
    if query.q:
        words = query.q.lower()
        name, description = func.lower(templates.c.name), func.lower(templates.c.description)
        found = name.contains(words, autoescape=True)
        tests.append(found | description.contains(words, autoescape=True))
    return and_(*tests)


async def head_row(
    conn: AsyncConnection, workspace_id: str, uid: str, *, even_deleted: bool = False
) -> Row[Any]:
    """The template's row. Raises NotFoundError; a deleted one is gone unless asked for."""
    query = _ANY_HEAD if even_deleted else _HEAD
    found = await conn.execute(query, {"uid": uid, "workspace_id": workspace_id})
    row = found.one_or_none()
    if row is None:
        raise not_found(uid)
    return row


async def change_head(
    conn: AsyncConnection,
    head: Row[Any],
    number: int,
    state: TemplateState,
    changes: Mapping[str, Any],
) -> bool:
    """Move the head on to version `number`; False when somebody else did since it was read."""
    statement = (
        templates.update()
        .where(
            templates.c.uid == head.uid,
            templates.c.latest_version == head.latest_version,
            templates.c.deleted_us.is_(None),
        )
        .values(
            **changes,
            latest_version=number,
            output_format=state.output_format,
            updated_us=now_us(),
        )
    )
    return (await conn.execute(statement)).rowcount == 1


async def publish_head(conn: AsyncConnection, head: Row[Any], number: int) -> bool:
    """Publish version `number`; False when somebody else published since `head` was read."""
    statement = (
        templates.update()
        .where(
            templates.c.uid == head.uid,
            templates.c.published_version.is_not_distinct_from(head.published_version),
            templates.c.deleted_us.is_(None),
        )
        .values(published_version=number, updated_us=now_us())
    )
    return (await conn.execute(statement)).rowcount == 1


async def hide_head(conn: AsyncConnection, workspace_id: str, uid: str) -> None:
    """Mark a template as deleted. Raises NotFoundError."""
    statement = (
        templates.update()
        .where(
            templates.c.uid == uid,
            templates.c.workspace_id == workspace_id,
            templates.c.deleted_us.is_(None),
        )
        .values(deleted_us=now_us())
    )
    if (await conn.execute(statement)).rowcount != 1:
        raise not_found(uid)


def history_in(
    workspace_id: str, uid: str, window: Window
) -> tuple[Select[*tuple[Any, ...]], Select[*tuple[int]]]:
    """The rows of one window of a template's versions, without settings, and the count of all."""
    columns = template_versions.c
    where = and_(columns.template_uid == uid, columns.workspace_id == workspace_id)
    names = ("number", "digest", "author", "note", "created_us")
    listed = select(*(columns[name] for name in names)).where(where)
    rows = in_window(listed, window, {"number": Order(columns.number)}, columns.number)
    return rows, select(func.count()).select_from(template_versions).where(where)


async def heads_named(conn: AsyncConnection, workspace_id: str, name: str) -> list[Row[Any]]:
    """The templates that a source means by a name: that of this uid, else those of this name."""
    query = select(templates).where(
        templates.c.workspace_id == workspace_id,
        templates.c.deleted_us.is_(None),
        (templates.c.name == name) | (templates.c.uid == name),
    )
    rows = list((await conn.execute(query)).all())
    return [row for row in rows if row.uid == name] or rows


async def names_of(conn: AsyncConnection, workspace_id: str, most: int) -> list[str]:
    """Names of the workspace's templates, the newest first."""
    query = (
        select(templates.c.name)
        .where(templates.c.workspace_id == workspace_id, templates.c.deleted_us.is_(None))
        .order_by(templates.c.created_us.desc())
        .limit(most)
    )
    return list((await conn.execute(query)).scalars())


async def version_row(conn: AsyncConnection, workspace_id: str, uid: str, number: int) -> Row[Any]:
    """A version's row. Raises NotFoundError."""
    if number > _MOST_VERSIONS:
        raise not_found(uid, number)
    query = select(template_versions).where(
        template_versions.c.template_uid == uid,
        template_versions.c.number == number,
        template_versions.c.workspace_id == workspace_id,
    )
    row = (await conn.execute(query)).one_or_none()
    if row is None:
        raise not_found(uid, number)
    return row


async def read_version(
    conn: AsyncConnection, workspace_id: str, uid: str, number: int
) -> tuple[str, TemplateState]:
    """A version's digest and its state with all bodies. Raises NotFoundError."""
    row = await version_row(conn, workspace_id, uid, number)
    html = await get_body(conn, workspace_id, row.source_digest)
    bodies = {
        key: await get_body(conn, workspace_id, reference)
        for key, reference in source_digests(row.settings).items()
    }
    included = {
        name: await get_body(conn, workspace_id, reference)
        for name, reference in partial_digests(row.settings).items()
    }
    return row.digest, state_of(row.settings, html, bodies, included)


async def insert_version(
    conn: AsyncConnection,
    *,
    workspace_id: str,
    uid: str,
    number: int,
    state: TemplateState,
    author: str,
    note: str,
) -> None:
    """Write a version and its bodies in the caller's unit of work.

    Raises AssetNotFoundError when it names one that is not there.
    """
    named = [name for name in state.assets if name != ANY]
    await refuse_unknown(conn, workspace_id, named)
    source = await put_body(conn, workspace_id, state.html or "")
    bodies = {
        key: await put_body(conn, workspace_id, layout.html)
        for key, layout in state.layouts.items()
        if layout.html is not None
    }
    included = {
        name: await put_body(conn, workspace_id, partial.html)
        for name, partial in state.partials.items()
    }
    settings = settings_of(state, bodies, included)
    await conn.execute(
        template_versions.insert().values(
            template_uid=uid,
            number=number,
            workspace_id=workspace_id,
            digest=digest_of(source, settings),
            source_digest=source,
            settings=settings,
            author=author,
            note=note,
            created_us=now_us(),
        )
    )
    if named:
        row = {"template_uid": uid, "number": number, "workspace_id": workspace_id}
        await conn.execute(template_assets.insert(), [{**row, "name": name} for name in named])


def template_of(
    row: Row[Any], number: int, state: TemplateState, added: tuple[str, ...] = ()
) -> Template:
    """A template's row and one of its versions as what callers see."""
    return Template(
        uid=row.uid,
        workspace_id=row.workspace_id,
        name=row.name,
        description=row.description,
        tags=split_tags(row.tags),
        auto_publish=row.auto_publish,
        version=number,
        latest_version=row.latest_version,
        published_version=row.published_version,
        created_us=row.created_us,
        updated_us=row.updated_us,
        engine=row.engine,
        state=state,
        added_variables=added,
    )
