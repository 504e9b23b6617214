"""The data of a binding: apart from its row, which is read far more often."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from templates_store.bindings.models import binding_data

__all__ = ["BindingData", "keep_posted", "keep_variables", "read_data"]


@dataclass(frozen=True, slots=True)
class BindingData:
    """`variables` of the last data that was sound; `posted`: {body}, None before the first."""

    variables: Mapping[str, Any] | None = None
    posted: Mapping[str, Any] | None = None


async def read_data(conn: AsyncConnection, uid: str) -> BindingData:
    """What there is; nothing of a binding that has gone."""
    query = select(binding_data.c.variables, binding_data.c.posted)
    row = (await conn.execute(query.where(binding_data.c.binding_uid == uid))).one_or_none()
    return BindingData() if row is None else BindingData(row.variables, row.posted)


async def keep_variables(conn: AsyncConnection, uid: str, variables: Mapping[str, Any]) -> None:
    """In the unit of work of the refresh that made them."""
    await _keep(conn, uid, variables=dict(variables))


async def keep_posted(conn: AsyncConnection, uid: str, body: Any) -> None:
    """In the unit of work that asks for a refresh with it."""
    await _keep(conn, uid, posted={"body": body})


async def _keep(conn: AsyncConnection, uid: str, **values: Any) -> None:
    of_it = update(binding_data).where(binding_data.c.binding_uid == uid)
    await conn.execute(of_it.values(values))
