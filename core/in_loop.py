"""SQLite without a thread: for units of work that take less time than a trip to one.

A thread costs two wake-ups for every statement, each as long as a whole small transaction, and far
longer when both have work to do. So the few statements of a render run where they are awaited.
"""

from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

__all__ = ["InLoopConnection", "in_loop_engine"]


class InLoopConnection(AsyncConnection):
    """A connection of a plain engine, for units of work that know `AsyncConnection`.

    What is called has run when the call returns, and its rows have been fetched: a cursor left open
    would hold the unit to what was true when it began. `form`: an engine of the same database,
    which is never used; SQLAlchemy asks for one.
    """

    def __init__(self, form: AsyncEngine, connection: Connection) -> None:
        super().__init__(form, connection)
        self._plain = connection

    async def execute(
        self, statement: Any, parameters: Any = None, *, execution_options: Any = None
    ) -> Any:
        """The result of a statement."""
        return _fetched(
            self._plain.execute(statement, parameters, execution_options=execution_options)
        )

    async def exec_driver_sql(
        self, statement: str, parameters: Any = None, execution_options: Any = None
    ) -> Any:
        """The result of SQL as text."""
        return _fetched(self._plain.exec_driver_sql(statement, parameters, execution_options))


def _fetched(result: CursorResult[Any]) -> CursorResult[Any]:
    if result.returns_rows and result.cursor is not None:
        rows = result.cursor.fetchall()
        result.cursor_strategy = FullyBufferedCursorFetchStrategy(
            result.cursor, initial_buffer=rows
        )
    return result


def in_loop_engine(url: URL, **options: Any) -> Engine:
    """An engine whose connections nobody waits for: who holds one may have to await something else,
    so there are as many as are asked for.
    """
    plain = url.set(drivername="sqlite")
    return create_engine(plain, connect_args={"timeout": 0}, max_overflow=-1, **options)
