"""The whole service, built by hand, in order, in one function: no container, no globals."""

from dataclasses import dataclass

from starlette.applications import Starlette

from api.app import create_app
from api.limits import RateLimiter
from api.parts import Parts
from api.settings import ApiSettings
from core.artifacts import Artifacts, open_store
from core.database import Database
from core.objects import Objects
from core.orphans import Orphans
from core.sealing import Sealing
from core.settings import CoreSettings
from core.workspaces import Workspaces
from jobs.batch.batches import Batches
from jobs.batch.settings import BatchSettings
from jobs.bindings.bindings import Bindings
from jobs.bindings.refresh import Refresh
from jobs.bindings.refresher import Refresher
from jobs.bindings.settings import BindingSettings
from jobs.bindings.sources import Sources
from jobs.queue.arq import ArqQueue
from jobs.render.renders import Renders
from jobs.render.settings import RenderSettings
from jobs.render.stored import Stored
from jobs.webhooks.forgetting import Forgetting
from jobs.webhooks.match import announce
from jobs.webhooks.relay import Relay
from jobs.webhooks.sender import Sender
from jobs.webhooks.settings import WebhookSettings
from jobs.webhooks.subscriptions import Subscriptions
from jobs.worker import Worker
from platen.connection import Connection, connection_class
from platen.drawing import Drawing
from platen.probes import probes_of
from platen.role import Role
from platen.settings import ServerSettings, Settings
from studio.app import studio_pages
from studio.settings import StudioSettings
from templates_store.assets.assets import Assets
from templates_store.assets.catalogue import Catalogues
from templates_store.assets.files import AssetFiles
from templates_store.models import assets as asset_rows
from templates_store.settings import AssetSettings, TemplateSettings
from templates_store.templates import Templates

__all__ = ["Service", "build"]

_POLL_S = {"serve": 0.5, "api": 0.5, "worker": 0.05}
"""Seconds between two looks at Redis; inside one process an event wakes the worker at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The parts that start and stop; `api` and `worker` are None where that half is elsewhere."""

    database: Database
    workspaces: Workspaces
    queue: ArqQueue
    api: Starlette | None
    protocol: type[Connection]
    worker: Worker | None

    async def start(self) -> None:
        """Listen to the queue and work; browsers and jails have been started before."""
        if self.worker is not None:
            await self.queue.start()
            await self.worker.start()

    async def close(self) -> None:
        """Let go of queue and database; the worker has been stopped before."""
        await self.queue.stop()
        await self.database.close()


# Longer than functions are here: one list of all parts, in order, is worth more than a short one.
def build(settings: Settings, role: Role, redis_url: str, drawing: Drawing) -> Service:
    """Every other part of one process, each made of those above it. Nothing of them runs yet."""
    core, api = settings.of(CoreSettings), settings.of(ApiSettings)

    database = Database(core.database)
    workspaces = Workspaces(database, api.plan)
    store = open_store(core.storage_url, core.artifacts_dir)
    objects = Objects(store)
    artifacts = Artifacts(database, store, api.base_url, core.retention_days)
    renderer = drawing.renderer

    written = settings.of(TemplateSettings)
    templates = Templates(database, renderer.analyse, written, announce, renderer.analyse_canvas)
    limits = settings.of(AssetSettings)
    catalogues = Catalogues(database)
    assets = Assets(database, objects, drawing.jail, drawing.client, catalogues, limits)
    stored = Stored(catalogues, AssetFiles(database, objects, limits.asset_memory_bytes))
    rendering = settings.of(RenderSettings)
    renders = Renders(database, artifacts, templates, renderer, rendering, stored)

    queue = ArqQueue(redis_url, poll_delay=_POLL_S[role])
    webhooks = settings.of(WebhookSettings)
    sender = Sender(database, drawing.client, webhooks)
    subscriptions = Subscriptions(database, drawing.client, sender, queue, webhooks)
    batching = settings.of(BatchSettings)
    batches = Batches(database, artifacts, templates, queue, drawing.client, batching, drawing.jail)

    binding = settings.of(BindingSettings)
    sources = Sources(drawing.client, Sealing(core.secret, core.key_dir), binding)
    refresh = Refresh(database, artifacts, templates, renders, sources, binding.binding_renders)
    bindings = Bindings(database, artifacts, templates, queue, drawing.client, refresh, binding)

    worker = None
    if role is not Role.API:
        relay = Relay(database, sender, webhooks)
        forget = Forgetting(database, core.retention_days)
        orphans = Orphans(database, store, others=(asset_rows.c.object_key,))
        chores = [artifacts.sweep, orphans.sweep, forget.sweep]
        refresher = Refresher(database, refresh, binding)
        worker = Worker(database, renders, batches, relay, refresher, queue, batching, chores)

    parts = Parts(
        settings=api,
        database=database,
        workspaces=workspaces,
        artifacts=artifacts,
        templates=templates,
        assets=assets,
        renderer=renderer,
        renders=renders,
        batches=batches,
        subscriptions=subscriptions,
        bindings=bindings,
        probes=probes_of(database, queue, artifacts, renderer),
        redis_url=redis_url,
    )
    return Service(
        database=database,
        workspaces=workspaces,
        queue=queue,
        api=None if role is Role.WORKER else _entrance(parts, settings),
        protocol=_protocol(settings),
        worker=worker,
    )


def _entrance(parts: Parts, settings: Settings) -> Starlette:
    base_url = parts.settings.base_url
    largest = parts.settings.max_body_bytes
    studio = studio_pages(base_url, parts.workspaces, settings.of(StudioSettings), largest)
    return create_app(parts, studio)


def _protocol(settings: Settings) -> type[Connection]:
    api = settings.of(ApiSettings)
    timeout = settings.of(ServerSettings).header_timeout
    return connection_class(api.base_url, timeout, RateLimiter(api, None))
