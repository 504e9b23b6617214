"""Texts read as what a definition asks for: rows of a CSV and form fields are all text."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from templates_store.variables import VariableDefinition, VariableType

__all__ = ["fitted"]


def fitted(definition: VariableDefinition | None, value: Any) -> Any:
    """The value itself, or what its text means in the definition's type.

    A text that means nothing there is given back, for the check to refuse.
    """
    if definition is None or not definition.declared or not isinstance(value, str):
        return value
    read = _READERS.get(definition.type)
    return value if read is None else read(value)


def _number(text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(number) if number.is_integer() and "." not in text else number


def _boolean(text: str) -> Any:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    return known.get(text.strip().lower(), text)


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text


def _no_constant(name: str) -> Any:
    raise ValueError(name)


_READERS: Mapping[VariableType, Callable[[str], Any]] = {
    "number": _number,
    "boolean": _boolean,
    "array": _json,
    "object": _json,
}
