"""The database: SQLAlchemy Core over SQLite (one machine) or PostgreSQL (many).

Times are whole microseconds in BigInteger columns. SQLite runs in WAL mode with
`synchronous=NORMAL`: a crash of the service loses nothing, a power cut may lose the last moment.
"""

import asyncio
import random
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
    suppress,
)
from typing import Any, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Engine, MetaData, event, exc, make_url
from sqlalchemy.engine import URL, Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal

from core.errors import StorageUnavailableError
from core.in_loop import InLoopConnection, in_loop_engine

__all__ = ["Database", "database_now", "metadata", "use_sqlite"]

_T = TypeVar("_T")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every package's `models.py` makes its tables on this one."""

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}
_READERS = 4
_PATIENCE_MS = 10_000
"""How long a thread waits for another's lock."""
_REPEATS = 3
_APART = 0.02
"""Seconds before a repetition, about as long as the other needs."""
_CONFLICTS = {"40001", "40P01"}
"""PostgreSQL's codes of a serialization failure and of a deadlock."""
_CHECKPOINT_EVERY = 200
"""Quick units of work; about as many pages as SQLite's own thousand."""
_DISCREET = {"hide_parameters": True}
"""Errors go into the log, and secrets are among what statements carry."""
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
)


class _Now(ColumnElement[int]):
    """The database's own clock, so that leases do not depend on the hosts' clocks."""

    inherit_cache = True
    # No parts of its own: without saying so, statements that hold it are compiled every time.
    _traverse_internals: list[tuple[str, InternalTraversal]] = []  # noqa: RUF012 - the base's form
    type = BigInteger()


@compiles(_Now, "sqlite")
def _now_sqlite(element: _Now, compiler: SQLCompiler, **kw: Any) -> str:
    # A Julian day in a double is exact to 40 us; SQLite's own clock ticks in milliseconds.
    return "(CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER) * 1000)"


@compiles(_Now, "postgresql")
def _now_postgresql(element: _Now, compiler: SQLCompiler, **kw: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"


def database_now() -> ColumnElement[int]:
    """The moment by the database's clock, in microseconds UTC, for use inside a statement."""
    return _Now()


def use_sqlite(engine: Engine, *, writer: bool, in_loop: bool = False) -> None:
    """Set the connections of `engine` up: pragmas, a `lower` for every alphabet, and explicit
    `BEGIN IMMEDIATE` for a writer.

    `in_loop`: they wait for no lock, and fold no log.

    Python's sqlite3 would begin transactions late and only for some statements; so it is told to
    begin none, and the engine's own `begin` says it.
    """

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        # First: the next ones need a lock already.
        cursor.execute(f"PRAGMA busy_timeout={0 if in_loop else _PATIENCE_MS}")
        for pragma in (*_PRAGMAS, f"PRAGMA query_only={'OFF' if writer else 'ON'}"):
            cursor.execute(pragma)
        if in_loop:
            cursor.execute("PRAGMA wal_autocheckpoint=0")
        cursor.close()
        connection.create_function("lower", 1, _lower, deterministic=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if writer:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine, "invalidate")
    def let_go(connection: Any, record: Any, error: BaseException | None) -> None:
        # Who is cancelled within a statement leaves it open, and SQLite keeps a closed connection
        # with its lock until the last statement is collected: so the unit is undone before.
        with suppress(Exception, asyncio.CancelledError):
            connection.rollback()


def _lower(value: Any) -> Any:
    """SQLite's own one leaves all but the Latin letters of ASCII as they are."""
    return value.lower() if isinstance(value, str) else value


class Database:
    """One database. `read()` for looking, `write()` for one unit of work.

    Both raise StorageUnavailableError (503) when the database does not answer; errors of a
    statement itself (a broken constraint) come through as SQLAlchemy's.
    """

    def __init__(self, url: str) -> None:
        """Take `sqlite:///path/to/file` or `postgresql://user:password@host/name`."""
        parsed = _with_driver(make_url(url))
        self.dialect = parsed.get_backend_name()
        self._lock: asyncio.Lock | None = None
        if self.dialect == "sqlite":
            self._lock = asyncio.Lock()
            self._writer = _sqlite_engine(parsed, writer=True)
            self._reader = _sqlite_engine(parsed, writer=False)
            self._quick: _Quick | None = _Quick(parsed)
        else:
            self._writer = create_async_engine(
                parsed,
                pool_size=10,
                max_overflow=10,
                pool_timeout=1,
                pool_pre_ping=True,
                **_DISCREET,
            )
            # The same pool: only what happens at the ends of a unit of work differs.
            self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")
            self._quick = None
        self._quick_units = 0
        self._checkpoint: asyncio.Task[None] | None = None

    def read(self, *, quick: bool = False) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a connection for looking; each statement sees the latest committed state.

        `quick`: it finds a few rows by an index, so SQLite may do it in the event loop.
        """
        return self._look() if quick and self._quick else self._read()

    def write(self, *, quick: bool = False) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open one unit of work: committed on a clean exit, rolled back on any error.

        SQLite has one writer at a time: whoever waits here waits in the event loop, and a unit
        of work must not await anything but the database. `quick`: it writes a few rows, so SQLite
        may do it in the event loop.
        """
        return self._write(quick=quick)

    async def unit(self, work: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
        """Do `work` in one unit of work; again, up to three times, when it stood in another's way.

        Two units that wait for each other, or changed the same, are the database's to tell; the
        one that had to yield is as if it had never been. `work` must not touch anything else.
        """
        for left in reversed(range(_REPEATS + 1)):
            try:
                async with self.write() as conn:
                    return await work(conn)
            except StorageUnavailableError as error:
                if not left or not _is_conflict(error.__cause__):
                    raise
                await asyncio.sleep(random.uniform(0.5, 1.5) * _APART)
        raise AssertionError

    @asynccontextmanager
    async def _read(self) -> AsyncGenerator[AsyncConnection]:
        with _Translated():
            async with self._reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def _look(self) -> AsyncGenerator[AsyncConnection]:
        with _Translated():
            async with AsyncExitStack() as stack:
                yield await self._opened(stack)

    async def _opened(self, stack: AsyncExitStack) -> AsyncConnection:
        assert self._quick is not None
        try:
            connection = stack.enter_context(self._quick.reader.connect())
        except exc.OperationalError as error:
            if not _is_busy(error):
                raise
            # Another process holds the whole file: a thread can wait for it.
            return await stack.enter_async_context(self._reader.connect())
        return InLoopConnection(self._reader, connection)

    @asynccontextmanager
    async def _write(self, *, quick: bool) -> AsyncGenerator[AsyncConnection]:
        with _Translated():
            async with self._lock or nullcontext(), AsyncExitStack() as stack:
                yield await self._begun(stack, quick=quick)

    async def _begun(self, stack: AsyncExitStack, *, quick: bool) -> AsyncConnection:
        if quick and self._quick is not None:
            try:
                connection = stack.enter_context(self._quick.writer.begin())
            except exc.OperationalError as error:
                if not _is_busy(error):
                    raise
            else:
                self._count()
                return InLoopConnection(self._writer, connection)
        # Another process writes: a thread can wait for it, the event loop cannot.
        return await stack.enter_async_context(self._writer.begin())

    def _count(self) -> None:
        """Quick units leave the log to grow; a thread folds it into the file now and then."""
        self._quick_units += 1
        if self._quick_units % _CHECKPOINT_EVERY == 0:
            self._checkpoint = asyncio.create_task(self._fold())

    async def _fold(self) -> None:
        with suppress(exc.OperationalError):  # somebody holds the file: the next one will do
            async with self._reader.connect() as connection:
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    @property
    def engines(self) -> set[Engine]:
        """Every engine, for whoever measures them."""
        quick = {self._quick.writer, self._quick.reader} if self._quick else set[Engine]()
        return {self._writer.sync_engine, self._reader.sync_engine, *quick}

    async def close(self) -> None:
        """Close every connection."""
        if self._checkpoint is not None:
            await self._checkpoint
        if self._quick is not None:  # first: who closes the file last folds its log
            self._quick.writer.dispose()
            self._quick.reader.dispose()
        for engine in {self._writer, self._reader}:
            await engine.dispose()


def _with_driver(url: URL) -> URL:
    backend = url.drivername.split("+", maxsplit=1)[0]
    if backend not in _DRIVERS:
        raise ValueError(
            f"the database URL begins with '{backend}:', which is unknown: "
            "use sqlite:///path/to/file or postgresql://user:password@host/name"
        )
    return url.set(drivername=_DRIVERS[backend])


def _options(*, writer: bool) -> dict[str, Any]:
    if writer:
        return {"pool_size": 1, **_DISCREET}
    # Nothing to roll back when a reader comes home: two trips to its thread less.
    return {
        "pool_size": _READERS,
        "isolation_level": "AUTOCOMMIT",
        "pool_reset_on_return": None,
        **_DISCREET,
    }


def _sqlite_engine(url: URL, *, writer: bool) -> AsyncEngine:
    engine = create_async_engine(url, max_overflow=0, pool_timeout=10, **_options(writer=writer))
    use_sqlite(engine.sync_engine, writer=writer)
    return engine


class _Quick:
    """SQLite's engines for what is done in the event loop."""

    def __init__(self, url: URL) -> None:
        self.writer = in_loop_engine(url, **_options(writer=True))
        self.reader = in_loop_engine(url, **_options(writer=False))
        use_sqlite(self.writer, writer=True, in_loop=True)
        use_sqlite(self.reader, writer=False, in_loop=True)


def _is_busy(error: exc.OperationalError) -> bool:
    name = getattr(error.orig, "sqlite_errorname", "")
    return str(name).startswith("SQLITE_BUSY")


class _Translated:
    """Turns 'the database does not answer' into the error that callers know."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None and _is_outage(error):
            raise StorageUnavailableError(
                "The database does not answer: send the request again in a moment",
                retry_after=2,
                private=str(error),
            ) from error


def _is_conflict(error: BaseException | None) -> bool:
    original = error.orig if isinstance(error, exc.DBAPIError) else None
    return getattr(original, "sqlstate", None) in _CONFLICTS


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, exc.TimeoutError):
        return True
    if not isinstance(error, exc.DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.OperationalError):
        # The same class also carries programming errors ("no such table"): those are ours.
        return error.orig.sqlite_errorname.startswith(
            ("SQLITE_BUSY", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")
        )
    return error.connection_invalidated or isinstance(
        error, (exc.OperationalError, exc.InterfaceError)
    )
