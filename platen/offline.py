"""What commands do on the database while no service, or another process, runs on it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from core.database import Database
from core.settings import CoreSettings, read_settings
from core.workspaces import Workspaces
from platen.data_folder import DataFolder
from platen.schema import migrate

__all__ = ["with_workspaces"]

_ResultT = TypeVar("_ResultT")


def with_workspaces(
    data_dir: object, work: Callable[[Workspaces], Awaitable[_ResultT]]
) -> _ResultT:
    """Open the configured database (its schema brought up to date) and run `work` on it."""
    settings = read_settings(CoreSettings, {"data_dir": data_dir} if data_dir else {})
    if not settings.database_url:
        DataFolder(settings.data_dir).prepare()
    migrate(settings.database)

    async def run() -> _ResultT:
        db = Database(settings.database)
        try:
            workspaces = Workspaces(db)
            await workspaces.ensure_default()
            return await work(workspaces)
        finally:
            await db.close()

    return asyncio.run(run())
