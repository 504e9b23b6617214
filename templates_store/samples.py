"""Data to show a template with, when nobody has sent any."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from templates_store.variables import VariableDefinition, VariableType

__all__ = ["sample_values"]

_PICTURE = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 3' "
    "preserveAspectRatio='none'%3E%3Crect width='4' height='3' fill='%239aa5b1'/%3E"
    "%3Cpath d='M0 3 1.5 1 2.5 2.2 3 1.6 4 3z' fill='%237b8794'/%3E%3C/svg%3E"
)
_WORDS = re.compile(r"[_\-\s]+|(?<=[a-z])(?=[A-Z])")


def sample_values(definitions: Sequence[VariableDefinition]) -> dict[str, Any]:
    """A value for each variable: its default, its first allowed value, or one of its type.

    Where a pattern is asked for there is no telling what meets it: such a variable has none.
    """
    values = {definition.name: _sample(definition) for definition in definitions}
    return {name: value for name, value in values.items() if value is not None}


def _sample(definition: VariableDefinition) -> Any:
    rules = definition.validation or {}
    if definition.default is not None:
        return definition.default
    if rules.get("enum"):
        return rules["enum"][0]
    if rules.get("pattern"):
        return None
    return _SAMPLES[definition.type](definition.name, rules)


def _text(name: str, rules: Mapping[str, Any]) -> str:
    words = " ".join(_WORDS.split(name)).strip().capitalize() or "Text"
    shortest = int(rules.get("minLength") or 0)
    longest = int(rules.get("maxLength") or max(len(words), shortest))
    return (words + "." * (shortest - len(words)))[:longest]


def _number(_: str, rules: Mapping[str, Any]) -> float:
    least, most = rules.get("min"), rules.get("max")
    if least is None:
        return 1 if most is None or most >= 1 else most
    return max(least, min(1, most)) if most is not None else max(least, 1)


def _list(_: str, rules: Mapping[str, Any]) -> list[str]:
    return [f"Item {number + 1}" for number in range(min(100, int(rules.get("minLength") or 0)))]


def _fixed(value: Any) -> Callable[[str, Mapping[str, Any]], Any]:
    return lambda _name, _rules: value


_SAMPLES: Mapping[VariableType, Callable[[str, Mapping[str, Any]], Any]] = {
    "string": _text,
    "text": _text,
    "number": _number,
    "boolean": _fixed(True),
    "color": _fixed("#3366cc"),
    "image": _fixed(_PICTURE),
    "url": _fixed("https://example.com/"),
    "date": _fixed("2026-01-31"),
    "array": _list,
    "object": _fixed({}),
}
