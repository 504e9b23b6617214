"""Acceptance: rows become items in portions, and one small unit of work opens the batch.

A batch of inline rows is opened last: until then its caller has no answer, and a crash leaves
nothing behind. A table's batch is opened first and grows; whoever holds its acceptance lease makes
items of its rows, and another goes on where a crash stopped it.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.blobs import get_blob
from core.database import Database, database_now
from core.errors import PlatenError
from jobs.batch.batch import Batch
from jobs.batch.closing import change, close_if_done, end_early, lock
from jobs.batch.command import ItemOptions
from jobs.batch.input.chunks import CHUNK, put_chunks, source_data
from jobs.batch.input.hold import hold, proof_rows
from jobs.batch.input.items import insert_items
from jobs.batch.input.prepare import PreparedRow, prepare_row, problems_of
from jobs.batch.input.tables import Kept, open_table
from jobs.batch.input.waiting import ACCEPT_LEASE, others_wait, release_table
from jobs.batch.models import batch_chunks, batches, is_open
from jobs.batch.work.settle import storable
from templates_store.templates import Templates

__all__ = [
    "PORTION",
    "TURN",
    "add_rows",
    "continue_table",
    "end_broken_table",
    "open_batch",
    "too_many",
]

PORTION = 20 * CHUNK
"""Rows of one unit of work, so that nobody waits long for the writer."""
TURN = 10
"""Portions until the table of another workspace has its turn; going on later costs a second look
at all rows so far.
"""


async def add_rows(
    conn: AsyncConnection, batch: Batch, first_row: int, rows: Sequence[PreparedRow]
) -> None:
    """Add rows from `first_row` (a multiple of CHUNK) on to a locked batch that accepts."""
    options = ItemOptions.from_json(batch.options)
    kept = [row.variables for row in rows]
    await put_chunks(conn, batch.workspace_id, batch.id, first_row // CHUNK, kept)
    numbers = range(first_row, first_row + len(rows))
    problems = problems_of(first_row, rows, options)
    await insert_items(conn, batch, numbers, options.layouts, problems)
    await change(
        conn,
        batch.id,
        total=batches.c.total + len(rows) * len(options.layouts),
        failed=batches.c.failed + len(problems),
        accept_until_us=database_now() + ACCEPT_LEASE,
    )


async def open_batch(conn: AsyncConnection, batch_id: str, *, accepting: bool) -> RowMapping:
    """Let the batch be worked on: its caller gets an answer now."""
    row = await change(conn, batch_id, accepting=accepting, opened_us=database_now())
    return await close_if_done(conn, row)


async def continue_table(
    db: Database, templates: Templates, batch_id: str, most: int, changed: Callable[[], None]
) -> None:
    """Make items of the rows that have none yet, until the table's end or the batch's, or until
    another workspace's table waits for its turn: then this one is free again.

    `most` is how many items a batch may have; `changed` is called after each portion. Raises
    PlatenError.
    """
    async with db.read() as conn:
        row = (await conn.execute(select(batches).where(batches.c.id == batch_id))).mappings().one()
        counted = select(func.coalesce(func.sum(batch_chunks.c.rows), 0))
        known = (
            await conn.execute(counted.where(batch_chunks.c.batch_id == batch_id))
        ).scalar_one()
    rows = await _rows_from(db, templates, row, known)
    turn = TURN
    while portion := await asyncio.to_thread(lambda: list(islice(rows, PORTION))):
        if not await _add_portion(db, batch_id, known, portion, most):
            return
        known += len(portion)
        changed()
        turn -= 1
        if turn <= 0 and await others_wait(db, row["workspace_id"]):
            await release_table(db, batch_id)
            return
    proof = await proof_rows(db, row["workspace_id"], batch_id, row["proof"])
    async with db.write() as conn:
        open_row = await lock(conn, batches.c.id == batch_id, is_open)
        if open_row is not None:
            await _end_of_rows(conn, open_row, proof)


async def _rows_from(
    db: Database, templates: Templates, row: RowMapping, known: int
) -> Iterator[PreparedRow]:
    """The rows of a batch's table after the `known` ones.

    For threads: a table is opened, read and checked for a while, in which others have their turn.
    """
    source: dict[str, Any] = row["source"]
    async with db.read() as conn:
        data = await get_blob(conn, row["workspace_id"], source["digest"])
    resolved = await templates.resolve(
        row["workspace_id"], row["template_uid"], version=row["version"], even_deleted=True
    )
    kept = Kept(source["kind"], source_data(row["id"], data))
    names = [definition.name for definition in resolved.definitions]
    table = await asyncio.to_thread(open_table, kept, source["mappings"], names)
    return (
        prepare_row(one, resolved, decimal_comma=table.decimal_comma)
        for one in islice(table.rows(), known, None)
    )


async def end_broken_table(db: Database, batch_id: str, error: PlatenError) -> None:
    """End a batch whose table cannot be read on."""
    async with db.write() as conn:
        row = await lock(conn, batches.c.id == batch_id, is_open)
        if row is not None:
            text = storable(error.message)
            await end_early(conn, row, "failed", code=error.code, error=text)


async def _add_portion(
    db: Database, batch_id: str, known: int, portion: list[PreparedRow], most: int
) -> bool:
    """Add rows from `known` on; False when the batch takes no more."""
    wrong = next((row for row in portion if row.problem is not None), None)
    async with db.write() as conn:
        row = await lock(conn, batches.c.id == batch_id, is_open)
        if row is None:
            return False  # cancelled meanwhile
        if wrong is not None and row["on_error"] == "stop":
            await _refuse(conn, row, known + portion.index(wrong), wrong)
            return False
        layouts = ItemOptions.from_json(row["options"]).layouts
        if row["total"] + len(portion) * len(layouts) > most:
            await _too_many(conn, row, most)
            return False
        await add_rows(conn, Batch.of_row(row), known, portion)
    return True


async def _end_of_rows(conn: AsyncConnection, row: RowMapping, proof: list[int]) -> None:
    await hold(conn, row["id"], proof)
    done = await change(conn, row["id"], accepting=False)
    if done["total"]:
        await close_if_done(conn, done)
    else:
        text = "The table has a header and no rows"
        await end_early(conn, done, "failed", code="invalid_table", error=text)


async def _refuse(conn: AsyncConnection, row: RowMapping, number: int, wrong: PreparedRow) -> None:
    assert wrong.problem is not None
    text = (
        f"Row {number + 1} does not fit the template, and onError is stop: {wrong.problem.message}"
    )
    await end_early(conn, row, "failed", code="rows_invalid", error=storable(text))


async def _too_many(conn: AsyncConnection, row: RowMapping, most: int) -> None:
    await end_early(conn, row, "failed", code="too_many_rows", error=too_many(most))


def too_many(most: int) -> str:
    """What is wrong with a table of more than `most` items."""
    return f"The table makes more than {most} items, which is the most of one batch: split it"
