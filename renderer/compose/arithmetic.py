"""Operators as people who write templates expect them: bounded, and at ease with texts of digits.

`price + ' €'` is a text, `'3' * 2` is 6 (rows of a CSV file are texts), `'-' * 20` is a line.
"""

import operator
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from jinja2 import Undefined
from markupsafe import Markup

from renderer.compose.functions.kinds import as_number, text_of
from renderer.compose.functions.numbers import tidy

__all__ = ["OPERATORS", "LimitError"]

MAX_REPEATED = 1_000_000
"""Characters or members that `text * number` may make."""

MAX_BITS = 4096
"""Size of a whole number that `**` or `*` may make."""

_SIZED = (str, list, tuple)


class LimitError(Exception):
    """An expression asked for more than a template may have."""


def _numeric(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return Decimal(value.strip()).is_finite()
    except InvalidOperation:
        return False


def _counted(value: Any) -> Any:
    """A text of digits as its number, everything else as it is."""
    return tidy(as_number(value)) if _numeric(value) else value


def _judge_bits(bits: int) -> None:
    if bits > MAX_BITS:
        raise LimitError(f"the number would have more than {MAX_BITS} bits")


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, str) != isinstance(right, str):
        if isinstance(left, Undefined) or isinstance(right, Undefined):
            return left + right
        if isinstance(left, Markup) or isinstance(right, Markup):
            return Markup("{}{}").format(text_of(left), text_of(right))
        return text_of(left) + text_of(right)
    return left + right


def _multiply(left: Any, right: Any) -> Any:
    left, right = _counted(left), _counted(right)
    for many, times in ((left, right), (right, left)):
        if isinstance(many, _SIZED) and isinstance(times, int):
            if len(many) * times > MAX_REPEATED:
                raise LimitError(f"repeating makes more than {MAX_REPEATED} characters or members")
            return many * times
    if isinstance(left, int) and isinstance(right, int):
        _judge_bits(left.bit_length() + right.bit_length())
    return left * right


def _power(base: Any, exponent: Any) -> Any:
    base, exponent = _counted(base), _counted(exponent)
    if isinstance(base, int) and isinstance(exponent, int):
        _judge_bits(base.bit_length() * abs(exponent))
    return base**exponent


def _remainder(left: Any, right: Any) -> Any:
    """A text with `%s` in it is formatted, as Jinja does it."""
    if isinstance(left, str) and not _numeric(left):
        return left % right
    return _counted(left) % _counted(right)


def _of_numbers(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda left, right: operation(_counted(left), _counted(right))


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": _add,
    "-": _of_numbers(operator.sub),
    "*": _multiply,
    "/": _of_numbers(operator.truediv),
    "//": _of_numbers(operator.floordiv),
    "%": _remainder,
    "**": _power,
}
"""Every binary operator that computes."""
