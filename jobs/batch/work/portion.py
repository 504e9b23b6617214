"""A portion of a batch's items: what one unit of work changes."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, and_, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from core.portion import in_portion
from jobs.batch.models import batch_items

__all__ = ["in_items"]


class _InItems(FunctionElement[bool]):
    """Two clauses that say the same: for any database, and for PostgreSQL."""

    inherit_cache = True
    name = "in_items"
    type = Boolean()
    _is_implicitly_boolean = True


@compiles(_InItems)
def _plain(element: _InItems, compiler: SQLCompiler, **kw: Any) -> str:
    # Without WITH: Python's sqlite3 counts no rows that a statement changes which begins so.
    plain, _ = element.clauses
    return compiler.process(plain, **kw)


@compiles(_InItems, "postgresql")
def _within_ends(element: _InItems, compiler: SQLCompiler, **kw: Any) -> str:
    _, within = element.clauses
    return compiler.process(within, **kw)


def in_items(query: Select[Any]) -> ColumnElement[bool]:
    """Whether an item's index is among those of `query`, which is bounded by a LIMIT.

    The batch is named by `query`, and once more by the statement itself.
    """
    index = batch_items.c.item_index
    found = query.cte("portion").c.item_index
    first, last = (select(end(found)).scalar_subquery() for end in (func.min, func.max))
    # The ends say nothing new, but they are a stretch of whatever index PostgreSQL chooses: of a
    # batch that it knows nothing of yet, it would go through all items.
    within = and_(index.between(first, last), in_portion(index, select(found)))
    return _InItems(in_portion(index, query), within.self_group())
