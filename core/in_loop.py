"""SQLite without a thread: for units of work that take less time than a trip to one.

A thread costs two wake-ups for every statement, each as long as a whole small transaction, and far
longer when both have work to do. So the few statements of a render run where they are awaited.
"""

import sqlite3
from collections.abc import Callable, Generator
from typing import Any, Self

__all__ = ["InLoopConnection"]


class _Cursor:
    """A cursor whose answers are there at once."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor
        self.arraysize = cursor.arraysize

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *outcome: object) -> None:
        self._cursor.close()

    async def execute(self, sql: str, parameters: Any = ()) -> "_Cursor":
        self._cursor.execute(sql, parameters or ())
        return self

    async def executemany(self, sql: str, parameters: Any) -> "_Cursor":
        self._cursor.executemany(sql, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def close(self) -> None:
        self._cursor.close()


class _Doing:
    """Where aiosqlite queues what its thread shall do: done at once."""

    def put_nowait(self, item: tuple[Any, Callable[[], Any]]) -> None:
        future, function = item
        future.set_result(function())


class InLoopConnection:
    """What SQLAlchemy's dialect for aiosqlite asks of a connection, without its thread."""

    def __init__(self, path: str) -> None:
        self._conn = self._connection = sqlite3.connect(
            path, isolation_level=None, timeout=0, check_same_thread=False
        )
        self._tx = _Doing()

    def __await__(self) -> Generator[Any, None, "InLoopConnection"]:
        return self
        yield  # a generator that never waits

    @property
    def isolation_level(self) -> str | None:
        """None: transactions begin when they are told to."""
        return self._conn.isolation_level

    def cursor(self) -> _Cursor:
        """A cursor, to be used at once."""
        return _Cursor(self._conn.cursor())

    async def create_function(self, *args: Any, **more: Any) -> None:
        """A function of SQL."""
        self._conn.create_function(*args, **more)

    async def commit(self) -> None:
        """End the transaction for good."""
        self._conn.commit()

    async def rollback(self) -> None:
        """End it as if it had never been."""
        self._conn.rollback()

    async def close(self) -> None:
        """Let go of the file."""
        self._conn.close()

    def stop(self) -> None:
        """Close without waiting, as everything here."""
        self._conn.close()
