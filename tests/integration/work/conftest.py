"""Every test of this folder runs on both databases, unless it asks for `sqlite` itself."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

import jobs.models  # noqa: F401 - its tables are made here
import templates_store.models  # noqa: F401 - likewise
from core.database import Database, metadata
from tests.support.postgres import private_postgres
from tests.support.receiver import Receiver
from tests.support.work import Workshop, workshop

OpenShop = Callable[..., AbstractAsyncContextManager[Workshop]]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str | None]:
    with private_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'platen.db'}"
    url = request.getfixturevalue("postgres")
    if url is None:
        pytest.skip("PostgreSQL is not installed")
    return url


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.write() as conn:
        await conn.run_sync(metadata.create_all)
    yield database
    if database.dialect == "postgresql":
        async with database.write() as conn:
            await conn.run_sync(metadata.drop_all)
    await database.close()


@pytest.fixture
def open_shop(db: Database, tmp_path: Path) -> OpenShop:
    return partial(workshop, db, tmp_path / "artifacts")


@pytest.fixture
async def shop(open_shop: OpenShop) -> AsyncIterator[Workshop]:
    async with open_shop() as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    async with made.site:
        yield made
