"""What a batch has brought so far: a page of items with the counts of one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, func, select

from core.database import Database
from core.errors import NotFoundError
from core.listing import Order, Window, in_window
from jobs.batch.batch import Batch
from jobs.batch.input.chunks import Rows
from jobs.batch.models import batch_items, batches
from jobs.batch.states import BatchState, ItemState, shown_state

__all__ = ["ItemResult", "Results", "ResultsPage", "read_batch"]

FIRST_ITEMS = Window(limit=100, sort="index", descending=False)
_ORDERS = {"created_us": Order(batches.c.created_us)}


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One item. `values` are what its row gave, by variable. Sizes are px, pt for documents."""

    index: int
    row: int
    state: ItemState
    layout: str | None
    values: Mapping[str, Any]
    attempt: int
    mended: bool
    url: str | None
    artifact_id: str | None
    render_id: str | None
    format: str | None
    width: int | None
    height: int | None
    pages: int | None
    size: int | None
    warnings: Sequence[dict[str, Any]]
    code: str | None
    error: str | None

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables that its row gave."""
        return tuple(self.values)


@dataclass(frozen=True, slots=True)
class ResultsPage:
    """`total` is how many items the filter lets through."""

    batch: Batch
    items: tuple[ItemResult, ...]
    total: int


async def read_batch(db: Database, workspace_id: str, batch_id: str) -> Batch:
    """One of the workspace's batches. Raises NotFoundError."""
    query = select(batches).where(
        batches.c.id == batch_id,
        batches.c.workspace_id == workspace_id,
        batches.c.opened_us.is_not(None),
    )
    async with db.read() as conn:
        row = (await conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"No batch has the id '{batch_id[:80]}' in this workspace")
    return Batch.of_row(row)


class Results:
    """Reads results. Without `states`, all that succeeded or failed."""

    def __init__(self, db: Database, rows: Rows) -> None:
        self._db = db
        self._rows = rows

    async def page(
        self,
        workspace_id: str,
        batch_id: str,
        *,
        states: Sequence[ItemState] = ("completed", "failed"),
        warning: str | None = None,
        window: Window | None = None,
    ) -> ResultsPage:
        """A window of items, by their index. Raises NotFoundError.

        `warning`: only those that have it; `any` for those that have one at all.
        """
        batch = await read_batch(self._db, workspace_id, batch_id)
        chosen = _chosen(batch, states)
        if warning is not None:
            chosen = and_(chosen, _warned(warning))
        index = batch_items.c.item_index
        shown = select(batch_items).where(chosen)
        shown = in_window(shown, window or FIRST_ITEMS, {"index": Order(index)}, index)
        async with self._db.read() as conn:
            found = (await conn.execute(shown)).mappings().all()
            total = (await conn.execute(select(func.count()).where(chosen))).scalar_one()
        items = [await self._item(batch, dict(row)) for row in found]
        return ResultsPage(batch, tuple(items), total)

    async def item(self, workspace_id: str, batch_id: str, index: int) -> ItemResult:
        """One item with the values of its row. Raises NotFoundError."""
        batch = await read_batch(self._db, workspace_id, batch_id)
        mine = and_(batch_items.c.batch_id == batch.id, batch_items.c.item_index == index)
        async with self._db.read() as conn:
            row = (await conn.execute(select(batch_items).where(mine))).mappings().one_or_none()
        if row is None:
            raise NotFoundError(f"The batch has no item with the index {index}")
        return await self._item(batch, dict(row))

    async def list(
        self,
        workspace_id: str,
        *,
        states: Sequence[BatchState] = (),
        window: Window | None = None,
    ) -> tuple[list[Batch], int]:
        """A window of the workspace's batches, and the count of all."""
        mine = and_(batches.c.workspace_id == workspace_id, batches.c.opened_us.is_not(None))
        if states:
            mine = and_(mine, batches.c.state.in_(states))
        shown = in_window(select(batches).where(mine), window or Window(), _ORDERS, batches.c.id)
        async with self._db.read() as conn:
            rows = await conn.execute(shown)
            total = (await conn.execute(select(func.count()).where(mine))).scalar_one()
            return [Batch.of_row(row) for row in rows.mappings()], total

    async def _item(self, batch: Batch, row: dict[str, Any]) -> ItemResult:
        given = await self._rows.of_item(batch.workspace_id, row)
        row |= {
            "index": row["item_index"],
            "row": row["row_number"],
            "state": shown_state(batch.finished_us, row["state"]),
            "mended": row["variables"] is not None,
            "values": given,
            "warnings": row["warnings"] or (),
        }
        return ItemResult(**{name: row[name] for name in ItemResult.__dataclass_fields__})


def _warned(code: str) -> ColumnElement[bool]:
    """Warnings are few and small, so their text is searched rather than kept apart."""
    text = cast(batch_items.c.warnings, Text)
    if code == "any":
        return and_(batch_items.c.warnings.is_not(None), text.contains('"code"'))
    return text.contains(f'"code": "{code}"', autoescape=True)


def _chosen(batch: Batch, states: Sequence[ItemState]) -> ColumnElement[bool]:
    wanted = set(states)
    if batch.finished_us is not None:
        wanted -= {"pending", "running"}
        if "cancelled" in wanted:
            wanted |= {"pending", "running"}
    return and_(batch_items.c.batch_id == batch.id, batch_items.c.state.in_(wanted))
