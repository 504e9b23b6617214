"""Questions about values, and what a value stands for."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from jinja2 import Undefined

from renderer.compose.functions.row import Function

__all__ = [
    "KINDS",
    "as_list",
    "as_number",
    "is_empty",
    "is_missing",
    "is_nothing",
    "plain",
    "text_of",
]


def is_nothing(value: Any) -> bool:
    """Like `is_missing`, but where a strict template reads the value: undefined raises there."""
    if isinstance(value, Undefined):
        str(value)
        return True
    return value is None


MAX_EXPONENT = 400
"""A little more than what a float can hold: nobody prints a number of a million digits."""


def is_missing(value: Any) -> bool:
    """True for what has no value: undefined or null."""
    return value is None or isinstance(value, Undefined)


def is_array(value: Any) -> bool:
    """True for lists and tuples."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def is_string(value: Any) -> bool:
    """True for texts."""
    return isinstance(value, str)


def is_number(value: Any) -> bool:
    """True for numbers; booleans are none."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def is_boolean(value: Any) -> bool:
    """True for true and false."""
    return isinstance(value, bool)


def is_object(value: Any) -> bool:
    """True for mappings of names to values."""
    return isinstance(value, Mapping)


def is_empty(value: Any) -> bool:
    """True for what is missing and for a text, list or object of length 0; 0 is not empty."""
    if is_missing(value):
        return True
    return hasattr(value, "__len__") and len(value) == 0


def is_not_empty(value: Any) -> bool:
    """The contrary of `isEmpty`."""
    return not is_empty(value)


def is_defined(value: Any) -> bool:
    """True when there is a value, null included no more than undefined."""
    return not is_missing(value)


def is_undefined(value: Any) -> bool:
    """True for undefined and null."""
    return is_missing(value)


def plain(number: Any) -> Any:
    """A whole float or Decimal as an int, everything else as it is."""
    if isinstance(number, float | Decimal) and number == number.__trunc__():
        return int(number)
    return number


def text_of(value: Any) -> str:
    """How a value prints: nothing for what is missing, true and false as JSON has them.

    Numbers lose the noise of binary fractions: 0.1 + 0.2 is 0.3, and 3.0 is 3.
    """
    if isinstance(value, str):
        return value
    if is_nothing(value):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=text_of)
    return str(value)


def as_number(value: Any) -> Decimal:
    """The exact decimal of a number or of a text that is one; nothing counts as 0.

    Raises ValueError with words for everything else.
    """
    if is_nothing(value) or value == "":
        return Decimal(0)
    if isinstance(value, bool):
        return Decimal(int(value))
    try:
        number = Decimal(repr(value) if isinstance(value, float) else str(value).strip())
    except InvalidOperation:
        raise ValueError(f"{str(value)[:40]!r} is not a number") from None
    if not number.is_finite() or abs(number.adjusted()) > MAX_EXPONENT:
        raise ValueError(f"{str(value)[:40]!r} is not a finite number")
    return number


def as_list(value: Any) -> list[Any]:
    """The members of a list, the values of an object, nothing of what is missing."""
    if is_nothing(value):
        return []
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, str):
        raise TypeError("expected a list, got a text; `split` makes one")
    return list(value)


KINDS = (
    Function("isEmpty", is_empty, "isEmpty(value)",
             "Nothing, or a text, list or object of length 0", "isEmpty([])", "true"),
    Function("isNotEmpty", is_not_empty, "isNotEmpty(value)",
             "The contrary of `isEmpty`", "isNotEmpty('a')", "true"),
    Function("isDefined", is_defined, "isDefined(value)",
             "The variable has a value other than null", "isDefined(nowhere)", "false"),
    Function("isUndefined", is_undefined, "isUndefined(value)",
             "The variable has no value, or null", "isUndefined(nowhere)", "true"),
    Function("isArray", is_array, "isArray(value)", "It is a list", "isArray([1, 2])", "true"),
    Function("isString", is_string, "isString(value)", "It is a text", "isString('a')", "true"),
    Function("isNumber", is_number, "isNumber(value)",
             "It is a number", "isNumber('12')", "false"),
    Function("isBoolean", is_boolean, "isBoolean(value)",
             "It is true or false", "isBoolean(true)", "true"),
    Function("isObject", is_object, "isObject(value)",
             "It is an object with named members", "isObject({'a': 1})", "true"),
)  # fmt: skip
