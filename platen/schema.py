"""The database's schema: every package's tables, and the migrations that lead to them."""

import pkgutil
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

import core
import jobs
import templates_store
from core.database import metadata, use_sqlite
from core.settings import SettingsError

__all__ = ["load_tables", "migrate", "new_version"]

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_061_746_501
"""The number of PostgreSQL's advisory lock; any that nobody else uses."""


def load_tables() -> None:
    """Import every module that makes tables, by its name: `models` or `..._models`."""
    for package in (core, templates_store, jobs):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith(("models", "tables")):
                import_module(module.name)


def migrate(url: str) -> None:
    """Bring the database to the newest version, in one transaction and under a lock.

    Two processes may do it at once: the second finds nothing left to do. An interrupted migration
    leaves the old state. Raises SettingsError when the database is of a newer release.
    """
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            command.upgrade(_config(connection), "head")
    except OperationalError as error:
        raise SettingsError(
            f"The database cannot be used: {str(error.orig).splitlines()[0]}. "
            "Start it, or mend PLATEN_DATABASE_URL; `platen doctor` looks at everything"
        ) from error
    except CommandError as error:
        raise SettingsError(
            f"The database was last used by a newer release of Platen ({error}): "
            "run that release, or restore a backup from before it"
        ) from error
    finally:
        engine.dispose()


def new_version(message: str, url: str) -> None:
    """Write the next version file, from the difference between tables and the database `url`."""
    engine = _engine(url)
    with engine.begin() as connection:
        command.upgrade(_config(connection), "head")
        number = 1 + len(list((_MIGRATIONS / "versions").glob("[0-9]*.py")))
        command.revision(_config(connection), message, autogenerate=True, rev_id=f"{number:04}")
    engine.dispose()


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    backend = parsed.get_backend_name().replace("postgres", "postgresql", 1)
    backend = "postgresql" if backend.startswith("postgresql") else backend
    driver = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}[backend]
    engine = create_engine(parsed.set(drivername=driver), poolclass=NullPool)
    if driver == "sqlite":
        use_sqlite(engine, writer=True)
    return engine


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    load_tables()
    config.attributes["metadata"] = metadata
    return config
