"""The store on both databases, its sources read in the real jail."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from support.postgres import private_postgres

from core.database import Database, metadata
from core.workspaces import Workspaces
from platen.schema import migrate
from renderer.composing import Composing
from renderer.jail import Jail


@pytest.fixture(scope="session")
def postgres() -> Iterator[str | None]:
    with private_postgres() as url:
        yield url


@pytest.fixture(scope="session")
async def composer() -> AsyncIterator[Composing]:
    jail = Jail()
    await jail.start()
    yield Composing(jail)
    await jail.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def db(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path / 'platen.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres") or pytest.skip("PostgreSQL is not installed")
    migrate(url)
    database = Database(url)
    yield database
    if request.param == "postgresql":
        async with database.write() as conn:
            await conn.run_sync(metadata.drop_all)
            await conn.execute(text("DROP TABLE IF EXISTS alembic_version"))
    await database.close()


@pytest.fixture
async def workspace(db: Database) -> str:
    return (await Workspaces(db).create("acme")).id
