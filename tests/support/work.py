"""A whole workshop for tests of batches and webhooks: real database, store, queue and deliveries.

Only the drawing is a stand-in, so that a test can make it slow, fail or wait: it stands where
the browser would.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from obstore.store import LocalStore
from sqlalchemy import func, select

from core.artifacts import Artifacts
from core.database import Database
from core.errors import PlatenError
from core.models import artifacts as artifact_rows
from core.sealing import Sealing
from core.workspaces import Workspaces
from egress.client import EgressClient
from egress.policy import Policy
from jobs.batch.batch import Batch
from jobs.batch.batches import Batches
from jobs.batch.command import InlineSource, NewBatch
from jobs.batch.models import batch_items
from jobs.batch.settings import BatchSettings
from jobs.batch.work.claims import Claims
from jobs.batch.work.owner import own_name
from jobs.bindings.bindings import Bindings
from jobs.bindings.refresh import Refresh
from jobs.bindings.refresher import Refresher
from jobs.bindings.settings import BindingSettings
from jobs.bindings.sources import Sources
from jobs.queue.memory import MemoryQueue
from jobs.queue.port import Queue
from jobs.render.renders import Renders
from jobs.webhooks.relay import Relay
from jobs.webhooks.sender import Sender
from jobs.webhooks.settings import WebhookSettings
from jobs.webhooks.subscriptions import Subscriptions
from jobs.worker import Worker
from renderer.compose.composed import Composed
from renderer.jail import Jail
from renderer.pool import Pressure
from renderer.request import RenderRequest, RenderResult, TemplateSource
from renderer.stored import ReadFile, no_files
from templates_store.template import NewTemplate, TemplateState
from templates_store.templates import Templates
from templates_store.variables import VariableDefinition

__all__ = ["Drawing", "Workshop", "eventually", "workshop"]


@dataclass(frozen=True)
class _Analysis:
    variables: tuple[()] = ()
    javascript: bool = False
    syntax: str = "jinja"
    includes: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()


async def _analyse(
    workspace: str, source: str, syntax: str, partials: Mapping[str, str] | None
) -> _Analysis:
    return _Analysis()


@dataclass
class Drawing:
    """Draws a few bytes. A row's `wait` holds it until `open`; `fails` raises that error.

    A row's `width` is what it says of the picture. `timeless` ones are given again.
    """

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    started: list[dict[str, Any]] = field(default_factory=list)
    finished: list[dict[str, Any]] = field(default_factory=list)
    cancelled: int = 0
    errors: dict[str, PlatenError | Exception] = field(default_factory=dict)
    seconds: float = 0.0
    timeless: bool = False

    async def render(self, request: RenderRequest, read: ReadFile = no_files) -> RenderResult:
        assert isinstance(request.source, TemplateSource)
        row = dict(request.source.variables)
        self.started.append(row)
        try:
            if self.seconds:
                await asyncio.sleep(self.seconds)
            if row.get("wait"):
                await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if error := self.errors.get(str(row.get("fails"))):
            raise error
        self.finished.append(row)
        data = repr(sorted(row.items())).encode()
        width = row.get("width", 1200)
        return RenderResult(
            data,
            "image/png",
            "png",
            width=width,
            height=630,
            engine="stand-in",
            assets=() if self.timeless else None,
            shows_now=not self.timeless,
        )

    def build(self) -> str:
        return "stand-in"

    async def unchanged(self, request: RenderRequest, assets: object) -> bool:
        return True

    async def compose(self, request: RenderRequest) -> Composed:
        return Composed(("",))

    def pressure(self) -> Pressure:
        return Pressure(running=0, queued=0, slots=8, browsers=1, sandbox=True)


@dataclass
class Workshop:
    """Everything of one process; `worker` is made anew by `hire`, as after a restart."""

    db: Database
    folder: Path
    settings: BatchSettings
    webhook_settings: WebhookSettings
    client: EgressClient
    queue: Queue
    drawing: Drawing
    jail: Jail = field(default_factory=Jail)
    binding_settings: BindingSettings = field(default_factory=BindingSettings)
    workspace: str = ""
    other_workspace: str = ""
    template: str = ""
    workers: list[Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        store = LocalStore(self.folder, automatic_cleanup=True, mkdir=True)
        self.artifacts = Artifacts(self.db, store, "http://platen.test")
        self.templates = Templates(self.db, _analyse)
        self.renders = Renders(self.db, self.artifacts, self.templates, self.drawing)
        self.sender = Sender(self.db, self.client, self.webhook_settings)
        self.subscriptions = Subscriptions(
            self.db, self.client, self.sender, self.queue, self.webhook_settings
        )
        self.batches = Batches(
            self.db,
            self.artifacts,
            self.templates,
            self.queue,
            self.client,
            self.settings,
            self.jail,
        )
        sources = Sources(self.client, Sealing("a key of the tests", None), self.binding_settings)
        self.refresh = Refresh(self.db, self.artifacts, self.templates, self.renders, sources, 2)
        self.bindings = Bindings(
            self.db,
            self.artifacts,
            self.templates,
            self.queue,
            self.client,
            self.refresh,
            self.binding_settings,
        )

    async def furnish(self) -> None:
        """Two workspaces, and a template in the first."""
        places = Workspaces(self.db)
        self.workspace = (await places.create("first")).id
        self.other_workspace = (await places.create("second")).id
        title = VariableDefinition("title", validation={"maxLength": 40})
        state = TemplateState(html="<h1>{{ title }}</h1>", definitions=(title,))
        made = await self.templates.create(self.workspace, NewTemplate(state=state), "test")
        self.template = made.uid

    async def hire(self) -> Worker:
        """A worker that has started."""
        worker = Worker(
            self.db,
            self.renders,
            self.batches,
            Relay(self.db, self.sender, self.webhook_settings),
            Refresher(self.db, self.refresh, self.binding_settings),
            self.queue,
            self.settings,
        )
        self.workers.append(worker)
        await worker.start()
        return worker

    def claims(self, lease: float = 15.0, owner: str | None = None) -> Claims:
        """Another worker's hands, which do nothing with what they take."""
        return Claims(self.db, owner=owner or own_name(), lease=lease)

    async def submit(self, rows: list[dict[str, Any]], **options: Any) -> Batch:
        new = NewBatch(self.template, InlineSource(rows), **options)
        return (await self.batches.create(self.workspace, new)).batch

    async def ended(self, batch_id: str, seconds: float = 30.0) -> Batch:
        """The batch when it has ended; its counts are checked on the way."""
        return await self.wait_for(batch_id, lambda batch: batch.finished_us is not None, seconds)

    async def wait_for(
        self, batch_id: str, condition: Callable[[Batch], object], seconds: float = 30.0
    ) -> Batch:
        async with asyncio.timeout(seconds):
            while True:
                batch = await self.batches.get(self.workspace, batch_id)
                assert batch.ended <= batch.total
                if batch.finished_us is not None:
                    assert batch.ended == batch.total
                if condition(batch):
                    return batch
                await asyncio.sleep(0.01)

    async def states(self, batch_id: str) -> dict[str, int]:
        """How many items are in which state, by the items' own rows."""
        column = batch_items.c.state
        counted = func.count().label("items")
        query = select(column, counted).where(batch_items.c.batch_id == batch_id)
        async with self.db.read() as conn:
            rows = await conn.execute(query.group_by(column))
            return {row.state: row.items for row in rows}

    async def kept(self) -> tuple[int, int]:
        """How many artifacts the table knows, and how many files there are."""
        async with self.db.read() as conn:
            query = select(func.count()).select_from(artifact_rows)
            rows = (await conn.execute(query)).scalar_one()
        return rows, sum(path.is_file() for path in self.folder.rglob("*"))


async def eventually(
    condition: Callable[[], Any], seconds: float = 10.0, every: float = 0.01
) -> None:
    """Wait until `condition()`, awaited if need be, is true."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(every)


@asynccontextmanager
async def workshop(
    db: Database,
    folder: Path,
    *,
    queue: Queue | None = None,
    allow: tuple[str, ...] = (),
    schedule: tuple[float, ...] = (0, 0.05, 0.05, 0.05),
    policy: Policy | None = None,
    webhooks: Mapping[str, Any] | None = None,
    bindings: BindingSettings | None = None,
    **settings: Any,
) -> AsyncIterator[Workshop]:
    """A workshop with a worker-to-be; whoever was hired is sent home at the end."""
    client = EgressClient(policy or Policy(allow))
    defaults: dict[str, Any] = {"batch_slots": 2, "batch_heartbeat": 0.2, "batch_lease": 15.0}
    # A breaker that a test of something else never meets.
    telling: dict[str, Any] = {
        "webhook_schedule": schedule,
        "webhook_timeout": 2.0,
        "webhook_breaker": 1000,
    }
    shop = Workshop(
        db,
        folder,
        BatchSettings(**defaults | settings),
        WebhookSettings(**telling | dict(webhooks or {})),
        client,
        queue or MemoryQueue(),
        Drawing(),
        binding_settings=bindings or BindingSettings(),
    )
    await shop.furnish()
    try:
        yield shop
    finally:
        shop.drawing.gate.set()
        for worker in shop.workers:
            with contextlib.suppress(asyncio.CancelledError):
                await worker.stop(grace=5.0)
        await shop.jail.close()
        await client.close()
