"""Data at the edges of what a template allows: what a campaign will send sooner or later."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from templates_store.errors import VariableInvalidError, VariableRequiredError
from templates_store.samples import sample_values
from templates_store.variables import VariableDefinition

__all__ = ["DataSet", "extremes", "typical"]

_TEXT = ("string", "text")
_LONGEST = 2_000
_PROSE = (
    "Wherever the long road winds beyond the harbour, somebody always has rather more to say than "
    "the person who drew the box had in mind, and says it with unusually wide words, too. "
)
_UNBROKEN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
_RIGHT_TO_LEFT = "مرحبا بكم في المعرض الدولي للكتاب والفنون هذا العام "
_EMOJI = "👩‍🚀🏳️‍🌈🎉👍🏽❤️ "
_CJK = "東京国際展示場で開催される新しい書籍と芸術の見本市 서울의 봄날 "
_WIDE_NUMBER = 1_234_567_890


@dataclass(frozen=True, slots=True)
class DataSet:
    """One named set of variables."""

    name: str
    variables: Mapping[str, Any]


def typical(
    definitions: Sequence[VariableDefinition], given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What was given, else defaults and samples by type."""
    return sample_values(definitions) | dict(given or {})


def extremes(
    definitions: Sequence[VariableDefinition],
    given: Mapping[str, Any] | None,
    check: Callable[[Mapping[str, Any]], object],
) -> list[DataSet]:
    """The sets `longest`, `unbroken`, `empty`, `right_to_left`, `emoji` and `cjk`, as far as the
    definitions allow them: a value that `check` (which raises as a render would) refuses stays
    typical. Sets that would be equal to the typical one are left out.
    """
    base = typical(definitions, given)
    makers: Mapping[str, Callable[[VariableDefinition, Any], Any]] = {
        "longest": _longest,
        "unbroken": lambda one, value: _filled(one, value, _UNBROKEN, len(_UNBROKEN)),
        "empty": _empty,
        "right_to_left": lambda one, value: _filled(one, value, _RIGHT_TO_LEFT, _usual(value)),
        "emoji": lambda one, value: _filled(one, value, _EMOJI, _usual(value)),
        "cjk": lambda one, value: _filled(one, value, _CJK, _usual(value)),
    }
    sets: list[DataSet] = []
    for name, make in makers.items():
        values = dict(base)
        for one in definitions:
            _try(one.name, make(one, base.get(one.name)), values, check)
        if values != base:
            sets.append(DataSet(name, values))
    return sets


def _try(
    name: str, value: Any, values: dict[str, Any], check: Callable[[Mapping[str, Any]], object]
) -> None:
    before = values.get(name)
    values[name] = value
    try:
        check(values)
    except (VariableInvalidError, VariableRequiredError):
        if before is None:
            del values[name]
        else:
            values[name] = before


def _longest(one: VariableDefinition, value: Any) -> Any:
    rules = one.validation or {}
    if rules.get("enum"):
        return max((str(choice) for choice in _list(rules["enum"])), key=len)
    if one.type == "number":
        return rules.get("max", _WIDE_NUMBER)
    if one.type == "array" and isinstance(value, list) and value:
        many = min(int(rules.get("maxLength") or 3 * len(value)), 50)
        return [value[place % len(value)] for place in range(many)]
    allowed = rules.get("maxLength")
    return _filled(one, value, _PROSE, int(allowed) if allowed else max(120, 3 * _usual(value)))


def _empty(one: VariableDefinition, value: Any) -> Any:
    if one.required:
        return value
    if one.type == "array":
        return []
    return "" if one.type in _TEXT else value


def _filled(one: VariableDefinition, value: Any, text: str, length: int) -> Any:
    rules = one.validation or {}
    if one.type not in _TEXT or rules.get("enum") or (value is not None and _is_data(value)):
        return value
    return _of_length(text, length, rules)


def _of_length(text: str, length: int, rules: Mapping[str, Any]) -> str:
    most = min(int(rules.get("maxLength") or _LONGEST), _LONGEST)
    wanted = max(1, min(max(length, int(rules.get("minLength") or 0)), most))
    repeated = text * (wanted // len(text) + 1)
    return repeated[:wanted].strip().ljust(int(rules.get("minLength") or 0), ".")


def _usual(value: Any) -> int:
    return max(12, len(value)) if isinstance(value, str) else 24


def _is_data(value: Any) -> bool:
    """Whether a text is no prose: an address, a colour, a number written out."""
    return isinstance(value, str) and (
        value.startswith(("http://", "https://", "data:", "#", "/")) or value.isdigit()
    )


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else []
