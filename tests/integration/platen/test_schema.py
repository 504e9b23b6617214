import importlib
import pkgutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, make_url, text

import api
import core
import egress
import jobs
import platen
import renderer
import templates_store
from core.database import metadata
from core.settings import SettingsError
from platen.schema import load_tables, migrate


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    parsed = make_url(url)
    driver = "sqlite" if parsed.get_backend_name() == "sqlite" else "postgresql+psycopg"
    engine = create_engine(parsed.set(drivername=driver))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def test_migrations_lead_exactly_to_the_tables_of_the_code(database_url: str) -> None:
    migrate(database_url)
    with _connection(database_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_D09_two_processes_may_migrate_at_once(database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [database_url] * 4))
    with _connection(database_url) as connection:
        assert len(connection.execute(text("SELECT * FROM alembic_version")).all()) == 1


def test_a_database_of_a_newer_release_is_refused_in_words(database_url: str) -> None:
    migrate(database_url)
    with _connection(database_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingsError, match="newer release"):
        migrate(database_url)


def test_no_module_makes_a_table_that_migrations_do_not_see() -> None:
    load_tables()
    seen = set(metadata.tables)
    for package in (api, core, egress, jobs, platen, renderer, templates_store):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(("__main__", ".env", "jail_child")) and (
                ".versions." not in module.name
            ):
                importlib.import_module(module.name)
    assert set(metadata.tables) == seen
