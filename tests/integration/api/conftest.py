"""The entrance over a real database and a real jail, called through ASGI."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest

from api.app import create_app
from api.parts import Parts
from api.routes import template_versions, templates
from api.routing import Route
from api.settings import ApiSettings
from core.database import Database
from core.workspaces import Workspaces
from platen.schema import migrate
from renderer.composing import Composing
from renderer.jail import Jail
from templates_store.templates import Templates
from tests.support.contract import Contract


@pytest.fixture(scope="session")
async def composer() -> AsyncIterator[Composing]:
    jail = Jail()
    await jail.start()
    yield Composing(jail)
    await jail.close()


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path / 'platen.db'}"
    migrate(url)
    database = Database(url)
    yield database
    await database.close()


class Entrance:
    """Makes clients of one application; every answer is held against its document."""

    def __init__(self, db: Database, composer: Composing) -> None:
        self.workspaces = Workspaces(db)
        self._db = db
        self._composer = composer

    def app(self, routes: list[Route], **settings: Any) -> Any:
        parts = {
            "settings": ApiSettings(public_url="http://platen.test", **settings),
            "database": self._db,
            "workspaces": self.workspaces,
            "templates": Templates(
                self._db,
                self._composer.analyse,
                analyse_canvas=self._composer.analyse_canvas,
            ),
        }
        absent = dict.fromkeys(
            ("artifacts", "assets", "renderer", "renders", "batches", "subscriptions", "bindings"),
            cast("Any", None),
        )
        return create_app(Parts(**parts, **absent), routes=routes)

    async def key(self, name: str = "acme", plan: str | None = None, **values: Any) -> str:
        place = await self.workspaces.create(name, plan)
        return (await self.workspaces.create_key(place.id, **values))[1]

    @asynccontextmanager
    async def client(self, app: Any, key: str | None) -> AsyncIterator[httpx2.AsyncClient]:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        transport = httpx2.ASGITransport(app, raise_app_exceptions=True)
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://platen.test", headers=headers
        ) as client:
            document = json.loads((await client.get("/openapi.json")).content)
            client.event_hooks["response"] = [Contract(document).check]
            yield client


@pytest.fixture
def entrance(db: Database, composer: Composing) -> Entrance:
    return Entrance(db, composer)


@pytest.fixture
async def client(entrance: Entrance) -> AsyncIterator[httpx2.AsyncClient]:
    app = entrance.app([*templates.ROUTES, *template_versions.ROUTES])
    async with entrance.client(app, await entrance.key()) as client:
        yield client
