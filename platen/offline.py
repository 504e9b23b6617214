"""What commands do on the database while no service, or another process, runs on it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from core.settings import CoreSettings, read_settings
from platen.data_folder import DataFolder

if TYPE_CHECKING:
    from core.workspaces import Workspaces

__all__ = ["with_workspaces"]

_ResultT = TypeVar("_ResultT")


def with_workspaces(
    data_dir: object, work: "Callable[[Workspaces], Awaitable[_ResultT]]"
) -> _ResultT:
    """Open the configured database (its schema brought up to date) and run `work` on it."""
    # Not before a command needs them: `platen serve` has its browsers started first.
    from core.database import Database
    from core.workspaces import Workspaces
    from platen.schema import migrate

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
