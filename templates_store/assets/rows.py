"""Statements over the table of assets, and what its rows mean."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFoundError
from core.listing import Order, in_window
from renderer.compose.errors import AssetNotFoundError
from renderer.compose.names import nearest
from templates_store.assets.asset import Asset, AssetQuery, User
from templates_store.models import assets, template_assets, templates
from templates_store.tags import join_tags, split_tags

__all__ = [
    "asset_of",
    "asset_row",
    "filtered",
    "refuse_unknown",
    "row_of",
    "unknown_asset",
    "users_of",
]


def row_of(asset: Asset) -> dict[str, Any]:
    """The asset as its row."""
    row = {name: getattr(asset, name) for name in Asset.__slots__}
    focus = None if asset.focus is None else list(asset.focus)
    return {**row, "tags": join_tags(asset.tags), "facts": dict(asset.facts), "focus": focus}


def asset_of(row: RowMapping) -> Asset:
    """The asset of a row."""
    values = dict(row)
    values["tags"] = split_tags(row["tags"])
    values["focus"] = None if row["focus"] is None else (row["focus"][0], row["focus"][1])
    return Asset(**values)


async def asset_row(
    conn: AsyncConnection, workspace_id: str, uid: str, *, locked: bool = False
) -> Asset:
    """One asset; `locked` stays as it is until the unit of work ends, and so does who names it.

    Raises NotFoundError, also for another workspace's.
    """
    query = select(assets).where(assets.c.uid == uid, assets.c.workspace_id == workspace_id)
    query = query.with_for_update() if locked else query
    row = (await conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotFoundError(
            f"No asset with the id '{uid[:80]}' exists in this workspace: check the id and the key"
        )
    return asset_of(row)


_ORDERS = {
    "created_us": Order(assets.c.created_us),
    "name": Order(assets.c.name, fold=True),
}


def filtered(workspace_id: str, query: AssetQuery) -> tuple[Select[Any], Select[int]]:
    """The rows of one window, and the count of all."""
    where = _where(workspace_id, query)
    rows = in_window(select(assets).where(where), query.window, _ORDERS, assets.c.uid)
    return rows, select(func.count()).select_from(assets).where(where)


def _where(workspace_id: str, query: AssetQuery) -> ColumnElement[bool]:
    tests: list[ColumnElement[bool]] = [assets.c.workspace_id == workspace_id]
    if query.kind:
        tests.append(assets.c.kind == query.kind)
    if query.tag:
        tests.append(assets.c.tags.contains(join_tags((query.tag,)), autoescape=True))
    if query.q:
        tests.append(func.lower(assets.c.name).contains(query.q.lower(), autoescape=True))
    return and_(*tests)


async def users_of(conn: AsyncConnection, workspace_id: str, name: str) -> list[User]:
    """The templates whose published or newest version names the asset."""
    shown = or_(
        template_assets.c.number == templates.c.published_version,
        template_assets.c.number == templates.c.latest_version,
    )
    query = (
        select(templates.c.uid, templates.c.name, template_assets.c.number)
        .join(template_assets, template_assets.c.template_uid == templates.c.uid)
        .where(
            template_assets.c.workspace_id == workspace_id,
            template_assets.c.name == name,
            templates.c.deleted_us.is_(None),
            shown,
        )
        .order_by(templates.c.uid, template_assets.c.number)
    )
    return [User(*row) for row in (await conn.execute(query)).all()]


async def refuse_unknown(conn: AsyncConnection, workspace_id: str, names: Collection[str]) -> None:
    """Raise AssetNotFoundError for the first name that no asset has; those there are stay so
    until the caller's unit of work ends.
    """
    if not names:
        return
    query = select(assets.c.name).where(
        assets.c.workspace_id == workspace_id, assets.c.name.in_(names)
    )
    known = set((await conn.execute(query.with_for_update(read=True))).scalars())
    for name in names:
        if name not in known:
            every = select(assets.c.name).where(assets.c.workspace_id == workspace_id)
            raise unknown_asset(name, list((await conn.execute(every)).scalars())).at("html")


def unknown_asset(name: str, known: Sequence[str]) -> AssetNotFoundError:
    """The error for a name that no asset has."""
    near = nearest(name, known)
    hint = f"; did you mean '{near}'?" if near else ": upload it first"
    return AssetNotFoundError(
        f"The source names the asset '{name[:80]}', and this workspace has none of that name{hint}",
        extra={"asset": name[:80]} | ({"suggestion": near} if near else {}),
    )
