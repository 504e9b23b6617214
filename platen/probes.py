"""What `/ready` asks: one question for each part that a render needs."""

from collections.abc import Mapping

from sqlalchemy import select

from api.parts import Probe
from core.artifacts import Artifacts
from core.database import Database
from core.models import workspaces
from jobs.queue.port import Queue
from renderer.engine import Renderer

__all__ = ["probes_of"]


def probes_of(
    db: Database, queue: Queue, artifacts: Artifacts, renderer: Renderer
) -> Mapping[str, Probe]:
    """The probes by the names that `/ready` shows; each raises what is wrong with its part."""

    async def ask_database() -> None:
        async with db.read() as conn:
            await conn.execute(select(workspaces.c.id).limit(1))

    return {
        "database": ask_database,
        "queue": queue.probe,
        "store": artifacts.probe,
        "render": renderer.probe,
    }
