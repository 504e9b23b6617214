"""Values as JavaScript sees them, since Handlebars' rules are made of that."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jinja2 import Undefined
from markupsafe import Markup

__all__ = ["UNDEFINED", "Nothing", "entries", "escape", "is_empty", "member", "text"]

_ESCAPES = str.maketrans({
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "`": "&#x60;",
    "=": "&#x3D;",
})  # fmt: skip
_MOST_INDEX = 10


class Nothing:
    """`undefined`: no value, and not even null. `written` is the path that led to it."""

    __slots__ = ("written",)

    def __init__(self, written: str = "") -> None:
        self.written = written

    def __bool__(self) -> bool:
        return False


UNDEFINED = Nothing()


def is_empty(value: Any) -> bool:
    """What `if` calls false: false, null, undefined, "", NaN and empty lists; 0 is no such thing
    here and is asked for by `if` itself. An object without members is true.
    """
    if value is None or isinstance(value, Nothing | Undefined) or value is False:
        return True
    if isinstance(value, float) and math.isnan(value):
        return True
    return isinstance(value, str | list | tuple) and len(value) == 0


def member(value: Any, name: str) -> Any:
    """`value.name`: an object's own member, an entry of a list, a length."""
    if isinstance(value, Mapping):
        return value.get(name, UNDEFINED)
    if isinstance(value, str | list | tuple):
        if name == "length":
            return len(value)
        digits = name.isascii() and name.isdigit() and len(name) <= _MOST_INDEX
        if digits and (name == "0" or name[0] != "0") and int(name) < len(value):
            return value[int(name)]
    return UNDEFINED


def entries(value: Any) -> Iterator[tuple[Any, Any]]:
    """Keys and members in JavaScript's order: whole numbers first, upwards."""
    if isinstance(value, Mapping):
        numbers = sorted((key for key in value if _is_index(key)), key=int)
        for key in [*numbers, *(key for key in value if not _is_index(key))]:
            yield key, value[key]
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from enumerate(value)


def text(value: Any) -> str:
    """How JavaScript turns a value into a text; null and undefined print nothing."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, Nothing | Undefined):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, list | tuple):
        return ",".join(text(one) for one in value)
    return "[object Object]" if isinstance(value, Mapping) else str(value)


def escape(value: Any) -> str:
    """As text for HTML; what is markup already stays as it is."""
    return str(value) if isinstance(value, Markup) else str.translate(text(value), _ESCAPES)


def _is_index(key: Any) -> bool:
    short = isinstance(key, str) and len(key) <= _MOST_INDEX and key.isascii()
    return short and key.isdigit() and (key == "0" or key[0] != "0")


def _float(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        return mantissa
    power = int(exponent)
    if -7 < power < 0:
        return f"{value:.{-power + len(mantissa.replace('.', '').lstrip('-')) - 1}f}"
    return f"{mantissa}e{power:+d}"
