"""A whole workshop with its entrance, shared by the tests of a file; each test has its own tenant."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import httpx2
import pytest
from sqlalchemy import delete, select, update

import jobs.models  # noqa: F401 - its tables are made here
from api.app import create_app
from api.parts import Parts
from api.routes import bindings as binding_routes
from api.routes import public_bindings, templates, webhooks
from api.settings import ApiSettings
from core.database import Database, database_now, metadata
from core.models import artifacts, events
from core.workspaces import Workspaces
from jobs.bindings.settings import BindingSettings
from jobs.webhooks.models import subscriptions
from templates_store.bindings.models import bindings
from tests.support.contract import Contract
from tests.support.postgres import private_postgres
from tests.support.site import Asked, Site, answer
from tests.support.work import Workshop, workshop

ROUTES = [
    row
    for module in (binding_routes, public_bindings, templates, webhooks)
    for row in module.ROUTES
]
STARS = {"stargazers_count": 12, "items": [{"name": "Ada"}, {"name": "Bob"}]}


@dataclass
class Source:
    """What the server of a source answers, by path; a test changes it as it goes."""

    answers: dict[str, bytes | Callable[[Asked], bytes]] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)

    def says(self, data: Any, path: str = "/data", status: str = "200 OK", **headers: str) -> None:
        text = data if isinstance(data, str) else json.dumps(data)
        self.answers[path] = answer(text, status, "application/json", **headers)

    async def __call__(
        self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes | None:
        path = asked.path.partition("?")[0]
        if path in self.hanging:
            await asyncio.Event().wait()
        said = self.answers.get(path, answer(status="404 Not Found"))
        return said(asked) if callable(said) else said


@dataclass
class Place:
    """A workshop with its entrance, and a source whose servers may be reached.

    `far` is the same source on another port, by the name localhost; nothing may reach `forbidden`.
    """

    shop: Workshop
    http: httpx2.AsyncClient
    site: Site
    far: Site
    forbidden: Site
    source: Source

    async def begin(self) -> None:
        """A new workspace with a template, and a source that says what it says at first."""
        await self.shop.furnish()
        _, key = await Workspaces(self.shop.db).create_key(self.shop.workspace)
        self.http.headers["Authorization"] = f"Bearer {key}"
        self.source.answers.clear()
        self.source.hanging.clear()
        self.source.says(STARS)
        drawing = self.shop.drawing
        drawing.gate.clear()
        for list_ in (self.site.asked, self.far.asked, drawing.started, drawing.finished):
            list_.clear()

    async def end(self) -> None:
        """Send workers home; no binding, event or file stays."""
        self.shop.drawing.gate.set()
        while self.shop.workers:
            await self.shop.workers.pop().stop(grace=1.0)
        async with self.shop.db.write() as conn:
            for table in (bindings, events, subscriptions):
                await conn.execute(delete(table))
            await conn.execute(update(artifacts).values(expires_us=1))
        await self.shop.artifacts.sweep()

    def body(self, **more: Any) -> dict[str, Any]:
        whole = {
            "templateId": self.shop.template,
            "dataSource": {"type": "http", "url": self.site.url("/data")},
            "mapping": {"title": "stargazers_count"},
            "refreshPolicy": {"type": "ttl", "ttlSeconds": 60},
        }
        return whole | more

    async def make(self, **more: Any) -> dict[str, Any]:
        made = await self.http.post("/bindings", json=self.body(**more))
        assert made.status_code == 201, made.text
        return made.json()["binding"]

    async def get(self, uid: str) -> dict[str, Any]:
        return (await self.http.get(f"/bindings/{uid}")).json()["binding"]

    async def refreshed(self, uid: str) -> dict[str, Any]:
        done = await self.http.post(f"/bindings/{uid}/refresh")
        assert done.status_code == 200, done.text
        return done.json()["binding"]

    async def shown(self, made: dict[str, Any], **headers: str) -> httpx2.Response:
        """What anybody gets, without a key."""
        path = made["renderUrl"].removeprefix("http://platen.test")
        return await self.seen(path, **headers)

    async def seen(self, path: str, **headers: str) -> httpx2.Response:
        """The same by path. The document tells of bodies; a 304 has none."""
        checks, self.http.event_hooks["response"] = self.http.event_hooks["response"], []
        found = await self.http.get(path, headers={"Authorization": "", **headers})
        self.http.event_hooks["response"] = checks
        if found.status_code != 304:
            await checks[0](found)
        return found

    async def let_time_pass(self, uid: str) -> None:
        """It is due now, as it would be a minute later."""
        async with self.shop.db.write() as conn:
            due = update(bindings).where(bindings.c.uid == uid)
            await conn.execute(due.values(next_us=database_now()))
        await self.shop.queue.ring(f"binding:{uid}")

    async def row(self, uid: str) -> Any:
        async with self.shop.db.read() as conn:
            query = select(bindings).where(bindings.c.uid == uid)
            return (await conn.execute(query)).mappings().one()

    async def told(self, name: str) -> list[dict[str, Any]]:
        """The payloads of the events of a type, oldest first."""
        async with self.shop.db.read() as conn:
            query = select(events.c.payload).where(events.c.type == name)
            rows = await conn.execute(query.order_by(events.c.sequence))
            return list(rows.scalars())


def never_called() -> Any:
    return cast("Any", None)


@asynccontextmanager
async def entrance(shop: Workshop) -> AsyncIterator[httpx2.AsyncClient]:
    places = Workspaces(shop.db)
    app = create_app(
        Parts(
            settings=ApiSettings(public_url="http://platen.test", enterprise_per_day=2),
            database=shop.db,
            workspaces=places,
            artifacts=shop.artifacts,
            assets=never_called(),
            templates=shop.templates,
            renderer=never_called(),
            renders=shop.renders,
            batches=shop.batches,
            subscriptions=shop.subscriptions,
            bindings=shop.bindings,
        ),
        routes=ROUTES,
    )
    _, key = await places.create_key(shop.workspace)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app, raise_app_exceptions=True),
        base_url="http://platen.test",
        headers={"Authorization": f"Bearer {key}"},
    ) as client:
        document = json.loads((await client.get("/openapi.json")).content)
        client.event_hooks["response"] = [Contract(document).check]
        yield client


@pytest.fixture(scope="session")
def postgres() -> Iterator[str | None]:
    with private_postgres() as url:
        yield url


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.full)]
)
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('bindings') / 'platen.db'}"
    url = request.getfixturevalue("postgres")
    if url is None:
        pytest.skip("PostgreSQL is not installed")
    return url


@pytest.fixture(scope="module")
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.write() as conn:
        await conn.run_sync(metadata.create_all)
    yield database
    if database.dialect == "postgresql":
        async with database.write() as conn:
            await conn.run_sync(metadata.drop_all)
    await database.close()


@pytest.fixture(scope="module")
async def open_place(
    db: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Place]:
    source = Source()
    settings = BindingSettings(
        binding_timeout=0.5, binding_max_bytes=10_000, binding_posts_per_minute=5
    )
    async with Site(source) as site, Site(source) as far, Site() as forbidden:
        allow = (site.place, f"localhost:{site.port}", f"localhost:{far.port}")
        folder = tmp_path_factory.mktemp("artifacts")
        async with (
            workshop(db, folder, allow=allow, bindings=settings) as shop,
            entrance(shop) as http,
        ):
            yield Place(shop, http, site, far, forbidden, source)


@pytest.fixture
async def place(open_place: Place) -> AsyncIterator[Place]:
    """The same for a new tenant, with nothing left of the test before."""
    await open_place.begin()
    yield open_place
    await open_place.end()
