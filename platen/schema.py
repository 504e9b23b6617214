"""The database's schema: every package's tables, and the migrations that lead to them."""

import pkgutil
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, create_engine, inspect, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

import core
import jobs
import templates_store
from core.database import metadata, use_sqlite
from core.settings import SettingsError

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["load_tables", "migrate", "new_version", "upgrade"]

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_061_746_501
"""The number of PostgreSQL's advisory lock; any that nobody else uses."""
_VERSION_TABLE = """CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)"""
"""Alembic's own; it knows the database's version from here."""


def load_tables() -> None:
    """Import every module that makes tables, by its name: `models` or `..._models`."""
    for package in (core, templates_store, jobs):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith(("models", "tables")):
                import_module(module.name)


def migrate(url: str) -> None:
    """Bring the database to the newest version, in one transaction and under a lock.

    An empty one gets the tables as they are now, which is the same and takes a tenth of the time.
    Two processes may do it at once: the second finds nothing left to do. An interrupted migration
    leaves the old state. Raises SettingsError when the database is of a newer release.
    """
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            tables = inspect(connection).get_table_names()
            if not tables:
                _create(connection)
            elif "alembic_version" not in tables or _version(connection) != _newest():
                upgrade(connection)
    except OperationalError as error:
        raise SettingsError(
            f"The database cannot be used: {str(error.orig).splitlines()[0]}. "
            "Start it, or mend PLATEN_DATABASE_URL; `platen doctor` looks at everything"
        ) from error
    finally:
        engine.dispose()


def upgrade(connection: Connection) -> None:
    """Take the migrations that are left, one by one. Raises SettingsError."""
    # It takes a tenth of a second to load, and most starts find nothing to do.
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(_config(connection), "head")
    except CommandError as error:
        raise SettingsError(
            f"The database was last used by a newer release of Platen ({error}): "
            "run that release, or restore a backup from before it"
        ) from error


def _create(connection: Connection) -> None:
    load_tables()
    metadata.create_all(connection)
    connection.execute(text(_VERSION_TABLE))
    connection.execute(text("INSERT INTO alembic_version VALUES (:it)"), {"it": _newest()})


def _version(connection: Connection) -> str | None:
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _newest() -> str:
    """The name of the last migration: its file's number."""
    return max(path.name.partition("_")[0] for path in _versions())


def _versions() -> list[Path]:
    return list((_MIGRATIONS / "versions").glob("[0-9]*.py"))


def new_version(message: str, url: str) -> None:
    """Write the next version file, from the difference between tables and the database `url`."""
    from alembic import command

    engine = _engine(url)
    with engine.begin() as connection:
        upgrade(connection)
        number = 1 + len(_versions())
        command.revision(_config(connection), message, autogenerate=True, rev_id=f"{number:04}")
    engine.dispose()


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    backend = parsed.get_backend_name().replace("postgres", "postgresql", 1)
    backend = "postgresql" if backend.startswith("postgresql") else backend
    driver = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}[backend]
    engine = create_engine(parsed.set(drivername=driver), poolclass=NullPool, hide_parameters=True)
    if driver == "sqlite":
        use_sqlite(engine, writer=True)
    return engine


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    load_tables()
    config.attributes["metadata"] = metadata
    return config
