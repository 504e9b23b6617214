"""Inserts that know what to do when the row is there already, which each database words its way."""

from typing import TYPE_CHECKING

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

__all__ = ["insert_into"]


def insert_into(conn: AsyncConnection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT with `on_conflict_do_nothing` and `on_conflict_do_update`."""
    # The dialect in use is loaded, and there is no need to load the other one.
    if conn.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
