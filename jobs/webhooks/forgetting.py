"""Events and deliveries that are over are forgotten when their time has passed."""

from sqlalchemy import Table, and_, delete, select
from sqlalchemy.sql.elements import ColumnElement

from core.clock import SECOND, now_us
from core.database import Database
from core.models import events
from core.portion import in_portion
from jobs.webhooks.models import deliveries, endpoints

__all__ = ["Forgetting"]

_DAY = 86_400 * SECOND
_PORTION = 500
"""Rows that one unit of work deletes, so that nobody waits long for the writer."""


class Forgetting:
    """Sweeps what was told, or given up, `days` ago; 0 days keep everything."""

    def __init__(self, db: Database, days: int) -> None:
        self._db = db
        self._days = days

    async def sweep(self) -> int:
        """Delete old deliveries with their attempts, old events, and endpoints that failed last
        long ago; returns how many rows.
        """
        if not self._days:
            return 0
        before = now_us() - self._days * _DAY
        over = and_(deliveries.c.finished_us.is_not(None), deliveries.c.finished_us < before)
        told = and_(events.c.relayed_us.is_not(None), events.c.relayed_us < before)
        silent = endpoints.c.updated_us < before
        swept = await self._delete(deliveries, over) + await self._delete(events, told)
        return swept + await self._delete(endpoints, silent)

    async def _delete(self, table: Table, old: ColumnElement[bool]) -> int:
        portion = select(table.c.id).where(old).limit(_PORTION)
        gone = delete(table).where(in_portion(table.c.id, portion))
        swept = 0
        while True:
            async with self._db.write() as conn:
                count = (await conn.execute(gone)).rowcount
            swept += count
            if count < _PORTION:
                return swept
