"""All items of a batch in order, a portion at a time: for archives, reports and sheets."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select, and_, or_, select

from core.artifacts import Artifact
from core.clock import now_us
from core.database import Database
from core.models import artifacts
from jobs.batch.batch import Batch
from jobs.batch.input.chunks import Rows
from jobs.batch.models import batch_items
from jobs.batch.states import ItemState, shown_state

__all__ = ["WalkedItem", "walk"]

PORTION = 200


@dataclass(frozen=True, slots=True)
class WalkedItem:
    """One item with the variables of its row. `artifact` None: not made, deleted or expired."""

    row: Mapping[str, Any]
    state: ItemState
    variables: Mapping[str, Any]
    artifact: Artifact | None

    @property
    def own(self) -> dict[str, Any]:
        """What a name's pattern may use beside the variables."""
        return {
            "index": self.row["item_index"],
            "row": self.row["row_number"],
            "layout": self.row["layout"] or "default",
            "format": self.row["format"] or "",
        }


async def walk(
    db: Database, rows: Rows, batch: Batch, states: Sequence[ItemState] = ()
) -> AsyncIterator[WalkedItem]:
    """Items by their index; without `states` all. No connection is held between two portions."""
    last = -1
    while True:
        async with db.read() as conn:
            found = (await conn.execute(_portion(batch.id, last, states))).mappings().all()
        for each in found:
            row = dict(each)
            variables = await rows.of_item(batch.workspace_id, row)
            state = shown_state(batch.finished_us, row["state"])
            yield WalkedItem(row, state, variables, _kept(each))
        if len(found) < PORTION:
            return
        last = found[-1]["item_index"]


def _portion(batch_id: str, last: int, states: Sequence[ItemState]) -> Select[Any]:
    alive = or_(artifacts.c.expires_us.is_(None), artifacts.c.expires_us > now_us())
    mine = and_(artifacts.c.id == batch_items.c.artifact_id, alive)
    columns = [column.label(f"kept_{column.name}") for column in artifacts.c]
    query = select(batch_items, *columns).outerjoin(artifacts, mine)
    after = and_(batch_items.c.batch_id == batch_id, batch_items.c.item_index > last)
    if states:
        after = and_(after, batch_items.c.state.in_(states))
    return query.where(after).order_by(batch_items.c.item_index).limit(PORTION)


def _kept(row: RowMapping) -> Artifact | None:
    if row["kept_id"] is None:
        return None
    return Artifact(**{column.name: row[f"kept_{column.name}"] for column in artifacts.c})
