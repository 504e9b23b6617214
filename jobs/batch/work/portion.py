"""A portion of a batch's items: what one unit of work changes."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from core.portion import in_portion
from jobs.batch.models import batch_items

__all__ = ["in_items"]


def in_items(query: Select[Any]) -> ColumnElement[bool]:
    """Whether an item's index is among those of `query`, which is bounded by a LIMIT.

    The batch is named by `query`, and once more by the statement itself.
    """
    index = batch_items.c.item_index
    found = query.cte("portion").c.item_index
    first, last = (select(end(found)).scalar_subquery() for end in (func.min, func.max))
    # The ends say nothing new, but they are a stretch of whatever index PostgreSQL chooses: of a
    # batch that it knows nothing of yet, it would go through all items.
    return and_(index.between(first, last), in_portion(index, select(found)))
