"""What an item costs beside its render: a whole workshop whose drawing takes no time.

Dispatcher, claims, settler, outbox, store and database are the real ones; only where the browser
would stand, somebody hands over a few bytes at once. Measured twice: every item with bytes of its
own, and every item answered by an earlier render.
"""

import asyncio
import contextlib
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path

import psutil
from sqlalchemy import event

from bench.batches.figure import Figure, Size
from bench.cost import cpu_seconds
from core.database import Database, metadata
from jobs.render.renders import Renders
from renderer.compose.composed import Composed
from renderer.pool import Pressure
from renderer.request import AssetUse, RenderRequest, RenderResult, TemplateSource
from renderer.stored import ReadFile, no_files
from tests.support.work import Workshop, workshop

__all__ = ["bookkeeping"]

_PORTION = 10_000
"""Rows that one request may carry."""


class _AtOnce:
    """The renderer's port, without a renderer."""

    def __init__(self) -> None:
        self.drawn = 0

    async def render(self, request: RenderRequest, read: ReadFile = no_files) -> RenderResult:
        self.drawn += 1
        assert isinstance(request.source, TemplateSource)
        data = str(request.source.variables["title"]).encode()
        return RenderResult(
            data, "image/jpeg", "jpg", 1200, 630, engine="none", assets=(), shows_now=False
        )

    async def compose(self, request: RenderRequest) -> Composed:
        raise NotImplementedError("an item of a batch is composed where it is drawn")

    def build(self) -> str:
        return "none"

    async def unchanged(self, request: RenderRequest, assets: Sequence[AssetUse]) -> bool:
        return True

    def pressure(self) -> Pressure:
        return Pressure(running=0, queued=0, slots=8, browsers=1, sandbox=True)


async def bookkeeping(database: str, environment: Mapping[str, str], size: Size) -> list[Figure]:
    """Milliseconds of an item, by the wall, and by the time of the processors.

    Of theirs, what this process used is told apart from what PostgreSQL's did.
    """
    figures: list[Figure] = []
    rows = [{"title": f"Item {number}"} for number in range(min(size.items, _PORTION))]
    with tempfile.TemporaryDirectory(prefix="platen-bench-") as folder:
        url = environment.get("PLATEN_DATABASE_URL") or f"sqlite:///{folder}/platen.db"
        async with _database(url) as db, workshop(db, Path(folder) / "artifacts") as shop:
            drawing = _AtOnce()
            shop.renders = Renders(db, shop.artifacts, shop.templates, drawing)
            await shop.hire()
            warm = [{"title": f"Before {number}"} for number in range(100)]
            await shop.ended((await shop.submit(warm)).id, 60)
            said = _counted(db)
            for kind in ("drawn at once", "answered by earlier ones"):
                said.clear()
                before = _of_postgres()
                wall, cpu = await _run(shop, rows)
                theirs = _of_postgres() - before
                each = len(rows)
                if drawing.drawn != each + len(warm):
                    raise RuntimeError(f"{drawing.drawn} items were drawn, not each row once")
                figures += [
                    _figure(database, f"{each} items {kind}", wall / each, "ms", 1.5),
                    _figure(database, "  processor time", cpu / each, "ms"),
                    _figure(database, "  PostgreSQL's own", theirs / each, "ms"),
                    _figure(database, "  statements", said["statements"] / each, "an item"),
                    _figure(database, "  commits", said["commits"] / each, "an item"),
                ]
    return figures


def _of_postgres() -> float:
    """Processor milliseconds so far of PostgreSQL, which this process has started; 0 on SQLite."""
    below = psutil.Process().children(recursive=True)
    return cpu_seconds(one for one in below if one.name() == "postgres") * 1000


async def _run(shop: Workshop, rows: list[dict[str, str]]) -> tuple[float, float]:
    """Wall and processor milliseconds from the first claim to the batch's end."""
    batch = await shop.submit(rows)
    cpu, began = time.process_time(), time.monotonic()
    done = None
    while done is None or done.finished_us is None:
        await asyncio.sleep(0.05)
        done = await shop.batches.get(shop.workspace, batch.id)
    if done.completed != len(rows):
        raise RuntimeError(f"not every item was made: {done}")
    return (time.monotonic() - began) * 1000, (time.process_time() - cpu) * 1000


@contextlib.asynccontextmanager
async def _database(url: str) -> AsyncGenerator[Database]:
    db = Database(url)
    try:
        async with db.write() as conn:
            await conn.run_sync(metadata.create_all)
        yield db
    finally:
        async with db.write() as conn:
            await conn.run_sync(metadata.drop_all)
        await db.close()


def _counted(db: Database) -> Counter[str]:
    """Statements and commits from now on."""
    counted: Counter[str] = Counter()
    for engine in db.engines:
        event.listen(engine, "before_cursor_execute", lambda *_: counted.update(["statements"]))
        event.listen(engine, "commit", lambda *_: counted.update(["commits"]))
    return counted


def _figure(database: str, text: str, value: float, unit: str, goal: float | None = None) -> Figure:
    return Figure("bookkeeping", database, text, value, unit, goal)
