"""Every test of this folder runs on both databases."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from support.postgres import private_postgres

from core.database import Database, metadata
from platen.schema import migrate


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
    migrate(database_url)
    database = Database(database_url)
    yield database
    if database.dialect == "postgresql":
        async with database.write() as conn:
            await conn.run_sync(metadata.drop_all)
            await conn.execute(text("DROP TABLE IF EXISTS alembic_version"))
    await database.close()
