"""The life of a render over a real database, a real store and a real browser."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from obstore.store import MemoryStore
from sqlalchemy import func, select, update

from api.app import create_app
from api.parts import Parts
from api.routes import (
    animations,
    artifacts,
    assets,
    documents,
    health,
    images,
    renders,
    signed_renders,
    template_lint,
    template_render,
    template_sizes,
    template_versions,
    templates,
)
from api.settings import ApiSettings
from core.artifacts import Artifacts
from core.database import Database
from core.idempotency_models import idempotency_keys
from core.models import artifacts as artifacts_table
from core.models import events
from core.objects import Objects
from core.workspaces import Workspaces
from egress.client import EgressClient
from egress.policy import Policy
from egress.proxy import EgressProxy
from jobs.render.models import renders as renders_table
from jobs.render.renders import Renders
from jobs.render.stored import Stored
from platen.schema import migrate
from renderer.engine import Renderer
from renderer.jail import Jail
from renderer.settings import RendererSettings
from templates_store.assets.assets import Assets
from templates_store.assets.catalogue import Catalogues
from templates_store.assets.files import AssetFiles
from templates_store.models import templates as templates_table
from templates_store.templates import Templates
from tests.support.contract import Contract

PUBLIC = "http://platen.test"
ROUTES = [
    route
    for module in (
        animations,
        artifacts,
        assets,
        documents,
        health,
        images,
        renders,
        signed_renders,
        template_lint,
        template_render,
        template_sizes,
        template_versions,
        templates,
    )
    for route in module.ROUTES
]


@pytest.fixture(scope="session")
async def client_outside() -> AsyncGenerator[EgressClient]:
    """What goes out on behalf of everybody but browsers."""
    made = EgressClient(Policy([]))
    yield made
    await made.close()


@pytest.fixture(scope="session")
async def renderer(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Renderer]:
    policy = Policy([])
    proxy, client = EgressProxy(policy), EgressClient(policy)
    settings = RendererSettings(data_dir=tmp_path_factory.mktemp("renders"), browsers=2)
    made = Renderer(settings, proxy, client)
    await made.start()
    yield made
    await made.close()
    await proxy.close()
    await client.close()


@pytest.fixture(scope="session")
async def intake() -> AsyncGenerator[Jail]:
    """Reads uploads; its children start when one comes."""
    made = Jail()
    yield made
    await made.close()


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path / 'platen.db'}"
    migrate(url)
    database = Database(url)
    yield database
    await database.close()


@dataclass
class House:
    """Every part below the entrance, and what is in its tables."""

    db: Database
    store: MemoryStore
    workspaces: Workspaces
    artifacts: Artifacts
    templates: Templates
    renderer: Any
    renders: Renders
    catalogues: Catalogues

    async def counts(self) -> dict[str, int]:
        """Rows by table, and objects in the store."""
        tables = {
            "renders": renders_table,
            "artifacts": artifacts_table,
            "templates": templates_table,
            "events": events,
            "idempotency_keys": idempotency_keys,
        }
        async with self.db.read() as conn:
            found = {
                name: (await conn.execute(select(func.count()).select_from(table))).scalar_one()
                for name, table in tables.items()
            }
        return found | {"objects": sum(len(page) for page in self.store.list())}

    async def let_expire(self) -> None:
        """Everything that expires at all does so now."""
        async with self.db.write() as conn:
            await conn.execute(update(artifacts_table).values(expires_us=1))


def house_of(db: Database, renderer: Any) -> House:
    store = MemoryStore()
    artifacts = Artifacts(db, store, PUBLIC, 30)
    real = cast("Renderer", renderer)
    templates = Templates(db, real.analyse, analyse_canvas=real.analyse_canvas)
    catalogues = Catalogues(db)
    stored = Stored(catalogues, AssetFiles(db, Objects(store)))
    renders = Renders(db, artifacts, templates, real, stored=stored)
    return House(db, store, Workspaces(db), artifacts, templates, real, renders, catalogues)


@pytest.fixture
def house(db: Database, renderer: Renderer) -> House:
    return house_of(db, renderer)


@pytest.fixture
async def workspace_id(house: House) -> str:
    return (await house.workspaces.create("acme")).id


@pytest.fixture
async def assets_store(house: House, client_outside: EgressClient, intake: Jail) -> Assets:
    return Assets(house.db, Objects(house.store), intake, client_outside, house.catalogues)


@pytest.fixture
async def client(
    house: House, workspace_id: str, assets_store: Assets
) -> AsyncIterator[httpx2.AsyncClient]:
    async with entrance(house, workspace_id, assets_store) as made:
        yield made


@asynccontextmanager
async def entrance(
    house: House, workspace_id: str, assets_store: Assets, **settings: Any
) -> AsyncIterator[httpx2.AsyncClient]:
    """Every answer is held against the OpenAPI document."""
    app = create_app(
        Parts(
            settings=ApiSettings(public_url=PUBLIC, **settings),
            database=house.db,
            workspaces=house.workspaces,
            artifacts=house.artifacts,
            templates=house.templates,
            assets=assets_store,
            renderer=house.renderer,
            renders=house.renders,
            batches=cast("Any", None),
            subscriptions=cast("Any", None),
            bindings=cast("Any", None),
            probes={"store": house.artifacts.probe, "render": house.renderer.probe},
        ),
        routes=ROUTES,
    )
    _, key = await house.workspaces.create_key(workspace_id)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=True)
    async with httpx2.AsyncClient(
        transport=transport, base_url=PUBLIC, headers={"Authorization": f"Bearer {key}"}
    ) as client:
        document = json.loads((await client.get("/openapi.json")).content)
        client.event_hooks["response"] = [Contract(document).check]
        yield client
