"""Texts read as what a definition asks for: rows of a CSV and form fields are all text."""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from templates_store.variables import VariableDefinition, VariableType

__all__ = ["fitted", "is_given"]

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_LONGEST_NUMBER = 400
_SURROGATE = re.compile(r"\\u[dD][89A-Fa-f]")
_BOOLEANS = {
    "true": True, "1": True, "yes": True, "on": True,
    "false": False, "0": False, "no": False, "off": False,
}  # fmt: skip


def is_given(definition: VariableDefinition | None, value: Any) -> bool:
    """Whether it counts as a value: null never does, and neither does an empty text where the
    definition asks for something else than a text (an empty cell of a table).
    """
    if value is None:
        return False
    if definition is None or not definition.declared or definition.type in {"string", "text"}:
        return True
    return not (isinstance(value, str) and not value.strip())


def fitted(definition: VariableDefinition | None, value: Any) -> Any:
    """The value itself, or what its text means in the definition's type.

    A text that means nothing there is given back, for the check to refuse.
    """
    if definition is None or not definition.declared:
        return value
    if isinstance(value, str):
        read = _READERS.get(definition.type)
        return value if read is None else read(value)
    if definition.type == "boolean" and not isinstance(value, bool) and value in (0, 1):
        return bool(value)
    return value


def _number(text: str) -> Any:
    digits = text.strip()
    if len(digits) > _LONGEST_NUMBER or not _NUMBER.fullmatch(digits):
        return text
    number = float(digits)
    if not math.isfinite(number):
        return text
    return int(digits) if digits.lstrip("+-").isdigit() else number


def _boolean(text: str) -> Any:
    return _BOOLEANS.get(text.strip().lower(), text)


def _json(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_no_constant)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()  # half of a pair is no character
    except (ValueError, RecursionError):
        return text
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _trimmed(text: str) -> str:
    return text.strip()


_READERS: Mapping[VariableType, Callable[[str], Any]] = {
    "number": _number,
    "boolean": _boolean,
    "array": _json,
    "object": _json,
    "color": _trimmed,
    "url": _trimmed,
    "image": _trimmed,
    "date": _trimmed,
}
