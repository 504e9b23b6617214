import importlib
import pkgutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, create_engine, inspect, make_url, text

import api
import core
import egress
import jobs
import platen
import renderer
import templates_store
from core.database import metadata
from core.settings import SettingsError
from platen.schema import load_tables, migrate, upgrade


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
    with _connection(database_url) as connection:
        upgrade(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_an_empty_database_gets_at_once_what_the_migrations_lead_to(database_url: str) -> None:
    migrate(database_url)
    with _connection(database_url) as connection:
        at_once = _shape(connection)
        for table in reversed(_tables(connection).sorted_tables):
            table.drop(connection)
        assert inspect(connection).get_table_names() == []
        upgrade(connection)
        assert _shape(connection) == at_once


def _tables(connection: Connection) -> MetaData:
    found = MetaData()
    found.reflect(connection)
    return found


def _shape(connection: Connection) -> dict[str, Any]:
    """Everything of every table but the order of its columns, and the version."""
    looking = inspect(connection)
    looks = (
        looking.get_foreign_keys,
        looking.get_indexes,
        looking.get_unique_constraints,
        looking.get_check_constraints,
    )
    shape: dict[str, Any] = {}
    for name in looking.get_table_names():
        columns = {str(one["name"]): _plain(one) for one in looking.get_columns(name)}
        rest = [sorted(_plain(one) for one in look(name)) for look in looks]
        shape[name] = (columns, _plain(looking.get_pk_constraint(name)), rest)
    version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    return {**shape, "version": version}


def _plain(found: Any) -> str:
    if isinstance(found, Mapping):
        return str(sorted((str(key), _plain(value)) for key, value in found.items()))
    return str(found)


def test_D09_two_processes_may_migrate_at_once(database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [database_url] * 4))
    with _connection(database_url) as connection:
        assert len(connection.execute(text("SELECT * FROM alembic_version")).all()) == 1


_DYING = """
import os, signal, sys
from sqlalchemy import Engine, event
from platen.schema import migrate

left = int(sys.argv[2])

@event.listens_for(Engine, "before_cursor_execute")
def count(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

migrate(sys.argv[1])
"""


@pytest.mark.parametrize("statements", [40, pytest.param(80, marks=pytest.mark.full)])
def test_D08_a_migration_that_was_killed_is_done_by_the_next_start(
    database_url: str, statements: int
) -> None:
    command = [sys.executable, "-c", _DYING, database_url, str(statements)]
    killed = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    migrate(database_url)
    with _connection(database_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


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
