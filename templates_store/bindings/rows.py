"""Statements over the tables of bindings, and what their rows mean."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import SECOND, now_us
from core.database import database_now
from core.errors import NotFoundError
from core.ids import new_token
from core.listing import Order, Window, in_window
from core.reach import Reach
from templates_store.bindings.binding import (
    Binding,
    BindingStatus,
    DataSource,
    NewBinding,
    Output,
    RefreshPolicy,
)
from templates_store.bindings.models import binding_data, bindings

__all__ = [
    "BindingQuery",
    "ask_again",
    "binding_of",
    "change",
    "count_of",
    "insert_binding",
    "list_of",
    "not_found",
    "pause_those_of",
    "read",
    "refresh_those_of",
    "values_of",
]


_ORDERS = {
    "created_us": Order(bindings.c.created_us),
    "updated_us": Order(bindings.c.updated_us),
    "name": Order(bindings.c.name, fold=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingQuery:
    """A window of a workspace's bindings."""

    template_uid: str | None = None
    status: BindingStatus | None = None
    window: Window = field(default_factory=Window)


def not_found(uid: str) -> NotFoundError:
    """The answer for an unknown id, and for another workspace's."""
    return NotFoundError(f"No binding has the id '{uid[:80]}' in this workspace")


def values_of(
    new: NewBinding, *, secret: str | None, hidden: Mapping[str, str], host: str | None
) -> dict[str, Any]:
    """The columns that say what a binding is; `hidden` headers stand in `secret` instead."""
    source = asdict(new.source)
    source["headers"] = {k: v for k, v in new.source.headers.items() if k not in hidden}
    source["hidden"] = list(hidden)
    return {
        "template_uid": new.template_uid,
        "version": new.version,
        "name": new.name,
        "source": source,
        "secret": secret,
        "credentials_type": (new.credentials or {}).get("type"),
        "host": host,
        "mapping": dict(new.mapping),
        "defaults": dict(new.defaults),
        "policy": new.refresh.type,
        "ttl_seconds": new.refresh.ttl_seconds,
        "on_error": new.refresh.on_error,
        "output": asdict(new.output),
    }


async def insert_binding(
    conn: AsyncConnection, workspace_id: str, uid: str, reach: Reach, values: Mapping[str, Any]
) -> None:
    """Write a new binding that is due at once."""
    now = now_us()
    row = {
        "uid": uid,
        "workspace_id": workspace_id,
        "hook": f"whk_{new_token()}",
        "reach": reach.to_json(),
        "status": "active",
        "requested": 1,
        "next_us": database_now(),
        "error_count": 0,
        "created_us": now,
        "updated_us": now,
        **values,
    }
    await conn.execute(insert(bindings).values(row))
    await conn.execute(insert(binding_data).values(binding_uid=uid))


async def count_of(conn: AsyncConnection, workspace_id: str) -> int:
    """How many bindings the workspace has."""
    query = select(func.count()).where(bindings.c.workspace_id == workspace_id)
    return (await conn.execute(query)).scalar_one()


async def read(conn: AsyncConnection, *conditions: ColumnElement[bool]) -> Binding | None:
    """The binding that fits."""
    row = (await conn.execute(select(bindings).where(*conditions))).mappings().one_or_none()
    return None if row is None else binding_of(row)


async def list_of(
    conn: AsyncConnection, workspace_id: str, query: BindingQuery
) -> tuple[list[Binding], int]:
    """A window of the workspace's bindings, and the count of all that fit."""
    fits = [bindings.c.workspace_id == workspace_id]
    if query.template_uid:
        fits.append(bindings.c.template_uid == query.template_uid)
    if query.status:
        fits.append(bindings.c.status == query.status)
    shown = in_window(select(bindings).where(*fits), query.window, _ORDERS, bindings.c.uid)
    rows = (await conn.execute(shown)).mappings().all()
    count = select(func.count()).select_from(bindings).where(*fits)
    return [binding_of(row) for row in rows], (await conn.execute(count)).scalar_one()


async def change(
    conn: AsyncConnection, workspace_id: str, uid: str, values: Mapping[str, Any]
) -> None:
    """Change a binding; what is being done for its former state no longer counts. NotFoundError."""
    mine = and_(bindings.c.uid == uid, bindings.c.workspace_id == workspace_id)
    former = {"lease_token": None, "lease_until_us": None, "updated_us": now_us()}
    done = await conn.execute(update(bindings).where(mine).values({**former, **values}))
    if not done.rowcount:
        raise not_found(uid)


def ask_again() -> dict[str, Any]:
    """Columns of a binding that is due now, also if it is being refreshed."""
    return {"requested": bindings.c.requested + 1, "next_us": database_now()}


async def refresh_those_of(conn: AsyncConnection, template_uid: str, delay: float) -> None:
    """Another version was published: what shows the published one is due, but for manual ones.

    `delay`: seconds until every process knows of that version.
    """
    follows = and_(
        bindings.c.template_uid == template_uid,
        bindings.c.version.is_(None),
        bindings.c.policy != "manual",
        bindings.c.status != "paused",
    )
    due = ask_again() | {"next_us": database_now() + round(delay * SECOND)}
    await conn.execute(update(bindings).where(follows).values(due))


async def pause_those_of(conn: AsyncConnection, template_uid: str) -> None:
    """The template was deleted: its bindings show what they have."""
    ended = {"status": "paused", "lease_token": None, "lease_until_us": None}
    statement = update(bindings).where(bindings.c.template_uid == template_uid)
    await conn.execute(statement.values(**ended, updated_us=now_us()))


_PLAIN = (
    "uid", "workspace_id", "hook", "template_uid", "version", "name", "secret",
    "credentials_type", "host", "mapping", "defaults", "status", "requested", "next_us", "etag",
    "last_modified", "shown_digest", "artifact_id", "error_count", "last_error", "last_fetch_us",
    "last_render_us", "created_us", "updated_us",
)  # fmt: skip


def binding_of(row: RowMapping) -> Binding:
    """From a whole row."""
    source = dict(row["source"])
    hidden = tuple(source.pop("hidden"))
    return Binding(
        **{name: row[name] for name in _PLAIN},
        source=DataSource(**source),
        hidden_headers=hidden,
        reach=Reach.of_json(row["reach"]),
        refresh=RefreshPolicy(
            type=row["policy"], ttl_seconds=row["ttl_seconds"], on_error=row["on_error"]
        ),
        output=Output(**row["output"]),
    )
