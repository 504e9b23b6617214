"""Rows become items: counted out by the database itself, however many they are."""

from collections.abc import Mapping

from sqlalchemy import Integer, Text, and_, bindparam, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import PlatenError
from jobs.batch.batch import Batch
from jobs.batch.models import batch_items
from jobs.batch.work.settle import storable

__all__ = ["insert_items"]

_COLUMNS = ("batch_id", "item_index", "row_number", "layout", "state", "attempt", "ready_us")


async def insert_items(
    conn: AsyncConnection,
    batch: Batch,
    rows: range,
    layouts: tuple[str | None, ...],
    problems: Mapping[int, PlatenError],
) -> None:
    """Each row once in every layout. `problems`: index -> why that item has failed already."""
    if not rows:
        return
    counted = select(literal(rows.start, Integer).label("row")).cte("counted", recursive=True)
    more = select(counted.c.row + 1).where(counted.c.row < rows.stop - 1)
    counted = counted.union_all(more)
    for place, layout in enumerate(layouts):
        items = select(
            literal(batch.id, Text),
            counted.c.row * len(layouts) + place,
            counted.c.row,
            literal(layout, Text),
            literal("pending", Text),
            literal(0, Integer),
            literal(0, Integer),
        )
        await conn.execute(insert(batch_items).from_select(_COLUMNS, items, include_defaults=False))
    if problems:
        await conn.execute(_FAIL, [_failed(batch, *one) for one in problems.items()])


_FAIL = (
    update(batch_items)
    .where(
        and_(
            batch_items.c.batch_id == bindparam("of_batch"),
            batch_items.c.item_index == bindparam("of_index"),
        )
    )
    .values(
        state="failed",
        code=bindparam("new_code"),
        error=bindparam("new_error"),
        finished_us=bindparam("at_us"),
    )
)


def _failed(batch: Batch, index: int, problem: PlatenError) -> dict[str, object]:
    return {
        "of_batch": batch.id,
        "of_index": index,
        "new_code": problem.code,
        "new_error": storable(problem.message),
        "at_us": batch.created_us,
    }
