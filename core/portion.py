"""Rows of a portion: those whose column is among what a bounded query finds, which runs once.

PostgreSQL makes a join of `IN (SELECT ... LIMIT n)`. Where it expects a single row, as it does in
tables that have grown since it last counted, it runs the query anew for every row that it looks
at: 500 of 500 rows then cost 125,000 steps. An array is made first, and once.
"""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

__all__ = ["in_portion"]


class _InPortion(FunctionElement[bool]):
    """Two clauses: the column, and the query in parentheses."""

    inherit_cache = True
    name = "in_portion"
    type = Boolean()
    _is_implicitly_boolean = True  # else SQLite is asked whether it equals 1, past any index


@compiles(_InPortion)
def _in_list(element: _InPortion, compiler: SQLCompiler, **kw: Any) -> str:
    column, query = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} IN {query}"


@compiles(_InPortion, "postgresql")
def _in_array(element: _InPortion, compiler: SQLCompiler, **kw: Any) -> str:
    column, query = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} = ANY (ARRAY{query})"


def in_portion(column: ColumnElement[Any], query: Select[Any]) -> ColumnElement[bool]:
    """Whether the column is among the one column of `query`, which is bounded by a LIMIT."""
    return _InPortion(column, query.scalar_subquery())
