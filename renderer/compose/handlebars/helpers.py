"""Helpers: every function of the language, and what people add to Handlebars everywhere."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from jinja2 import Undefined

from renderer.compose.arithmetic import OPERATORS
from renderer.compose.functions.brought import BROUGHT_HELPERS
from renderer.compose.functions.kinds import as_number, is_number
from renderer.compose.functions.table import FUNCTIONS
from renderer.compose.handlebars.values import Nothing, is_empty, member, text

__all__ = ["BLOCKS", "HELPERS"]

BLOCKS = frozenset({"if", "unless", "each", "with"})
"""Helpers that are blocks; `runtime` knows them."""


def _false(value: Any) -> bool:
    return is_empty(value) or value == 0


def _same(left: Any, right: Any) -> bool:
    """`eq`: texts of digits equal numbers, as rows of a table need it."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if is_number(left) != is_number(right) and {type(left), type(right)} & {str}:
        return text(left) == text(right)
    nothing = (Undefined, Nothing, type(None))
    return left == right or (isinstance(left, nothing) and isinstance(right, nothing))


def _order(left: Any, right: Any) -> int:
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    one, other = _number(left), _number(right)
    return (one > other) - (one < other)


def _number(value: Any) -> Decimal:
    return as_number(None if isinstance(value, Nothing) else value)


def _binary(symbol: str) -> Callable[[Any, Any], Any]:
    operation = OPERATORS[symbol]
    return lambda left, right: operation(_plain(left), _plain(right))


def _plain(value: Any) -> Any:
    return 0 if isinstance(value, Nothing) or value is None else value


def _and(*values: Any) -> Any:
    return next((value for value in values if _false(value)), values[-1])


def _or(*values: Any) -> Any:
    return next((value for value in values if not _false(value)), values[-1])


def _lookup(value: Any, name: Any) -> Any:
    return member(value, text(name))


def _log(*_: Any, **__: Any) -> str:
    return ""


_OWN: Mapping[str, Callable[..., Any]] = {
    "lookup": _lookup,
    "log": _log,
    "eq": _same,
    "ne": lambda left, right: not _same(left, right),
    "lt": lambda left, right: _order(left, right) < 0,
    "lte": lambda left, right: _order(left, right) <= 0,
    "gt": lambda left, right: _order(left, right) > 0,
    "gte": lambda left, right: _order(left, right) >= 0,
    "and": _and,
    "or": _or,
    "not": _false,
    "add": _binary("+"),
    "subtract": _binary("-"),
    "multiply": _binary("*"),
    "divide": _binary("/"),
    "mod": _binary("%"),
    "concat": lambda *values: "".join(map(text, values)),
}

_SAME_AS = {"equals": "eq", "notEquals": "ne", "greaterThan": "gt", "lessThan": "lt", "is": "eq",
            "isnt": "ne", "ifEquals": "eq"}  # fmt: skip
"""Other names of comparisons, as SendGrid and the usual collections have them."""

HELPERS: Mapping[str, Callable[..., Any]] = {
    **BROUGHT_HELPERS,
    **{name: row.call for name, row in FUNCTIONS.items()},
    **_OWN,
    **{name: _OWN[ours] for name, ours in _SAME_AS.items()},
}
"""Name -> what it does with its arguments; a missing argument is null."""
