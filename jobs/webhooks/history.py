"""The log of deliveries: what was sent to whom, and what each answered."""

from typing import Any

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import Database
from core.errors import NotFoundError
from core.listing import Order, Window, in_window
from jobs.webhooks.delivery import Attempt, Delivery
from jobs.webhooks.models import deliveries, delivery_attempts

__all__ = ["History"]

_ORDERS = {"created_us": Order(deliveries.c.created_us)}


class History:
    """Reads deliveries with their attempts."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list(self, subscription_id: str, window: Window) -> tuple[list[Delivery], int]:
        """A window of a subscription's deliveries, and the count of all."""
        of_it = deliveries.c.subscription_id == subscription_id
        shown = in_window(select(deliveries).where(of_it), window, _ORDERS, deliveries.c.id)
        async with self._db.read() as conn:
            rows = (await conn.execute(shown)).mappings().all()
            total = (await conn.execute(select(func.count()).where(of_it))).scalar_one()
            tries = await _tries(conn, [row["id"] for row in rows])
        return [_delivery(row, tries) for row in rows], total

    async def get(self, workspace_id: str, subscription_id: str, delivery_id: str) -> Delivery:
        """One delivery of the workspace's subscription. Raises NotFoundError."""
        query = select(deliveries).where(
            deliveries.c.id == delivery_id,
            deliveries.c.subscription_id == subscription_id,
            deliveries.c.workspace_id == workspace_id,
        )
        async with self._db.read() as conn:
            row = (await conn.execute(query)).mappings().one_or_none()
            if row is None:
                raise NotFoundError(
                    f"No delivery has the id '{delivery_id[:80]}' in this subscription"
                )
            return _delivery(row, await _tries(conn, [delivery_id]))


async def _tries(conn: AsyncConnection, ids: list[str]) -> dict[str, list[Attempt]]:
    of_them = select(delivery_attempts).where(delivery_attempts.c.delivery_id.in_(ids))
    found: dict[str, list[Attempt]] = {}
    for row in (await conn.execute(of_them.order_by(delivery_attempts.c.at_us))).mappings():
        plain: dict[str, Any] = {name: row[name] for name in Attempt.__dataclass_fields__}
        found.setdefault(row["delivery_id"], []).append(Attempt(**plain))
    return found


def _delivery(row: RowMapping, tries: dict[str, list[Attempt]]) -> Delivery:
    plain = {name: row[name] for name in Delivery.__dataclass_fields__ if name != "attempts"}
    return Delivery(**plain, attempts=tuple(tries.get(row["id"], ())))
