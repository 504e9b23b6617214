"""What `/ready` asks of the parts that have no `probe` of their own."""

from collections.abc import Awaitable, Callable

from sqlalchemy import select

from core.database import Database
from core.models import workspaces

__all__ = ["database_probe"]


def database_probe(db: Database) -> Callable[[], Awaitable[None]]:
    """Ask the database for its schema's table of workspaces; raises StorageUnavailableError."""

    async def probe() -> None:
        async with db.read() as conn:
            await conn.execute(select(workspaces.c.id).limit(1))

    return probe
