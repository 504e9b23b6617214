"""The step `validate`: data against definitions."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import jsonschema_rs

from core.depth import DEEPEST, is_deep
from core.errors import FieldError
from renderer.request import Warn
from templates_store.errors import VariableInvalidError, VariableRequiredError
from templates_store.fit import fitted, is_given
from templates_store.kinds import MEANT, kind_of
from templates_store.schema import validator
from templates_store.variables import VariableDefinition

__all__ = ["check_variables"]

_MOST_ERRORS = 50
_LONGEST_LIMIT = 200


def check_variables(
    definitions: Sequence[VariableDefinition], values: Mapping[str, Any], *, strict: bool = False
) -> tuple[dict[str, Any], list[Warn]]:
    """The values that the template gets: given ones, else defaults; and what to warn of.

    `null` counts as not given, and so does an empty text where no text is asked for. Texts become
    numbers, truth values, lists and objects where a definition asks for one, since rows of a CSV
    are all text (`templates_store.fit` has the rules). Defaults are not judged again: their
    type was, when they were saved. A name that the template does not
    know is passed on with a warning; under `strict` it is an error. No value may be nested deeper
    than `core.depth.DEEPEST`, whether known or not.

    Raises VariableRequiredError, VariableInvalidError; both name every field (`variables.title`).
    """
    known = {definition.name: definition for definition in definitions}
    checked = {
        name: fitted(known.get(name), value)
        for name, value in values.items()
        if is_given(known.get(name), value)
    }
    _refuse_missing(definitions, checked)
    _refuse_deep(checked)
    _refuse_invalid(tuple(definitions), checked)
    for definition in definitions:
        if definition.name not in checked and definition.default is not None:
            checked[definition.name] = fitted(definition, definition.default)
    unknown = [name for name in values if name not in known]
    if unknown and strict:
        raise VariableInvalidError(_unknown_text(unknown, known), fields=_unknown(unknown, known))
    return checked, _warnings(unknown, known)


def _refuse_missing(definitions: Iterable[VariableDefinition], values: Mapping[str, Any]) -> None:
    missing = [
        d.name for d in definitions if d.required and d.default is None and d.name not in values
    ]
    if not missing:
        return
    names = ", ".join(f"'{name}'" for name in missing)
    raise VariableRequiredError(
        f"The required variable{'s' if len(missing) > 1 else ''} {names} "
        f"{'have' if len(missing) > 1 else 'has'} no value: send it in `variables`",
        fields=[
            FieldError(f"variables.{name}", f"'{name}' is required", "required")
            for name in missing[:_MOST_ERRORS]
        ],
    )


def _refuse_deep(values: Mapping[str, Any]) -> None:
    """Before the checker sees them, which cannot tell what is wrong in such a value."""
    deep = [name[:_LONGEST_LIMIT] for name, value in values.items() if is_deep(value)]
    if not deep:
        return
    fields = [
        FieldError(
            f"variables.{name}",
            f"'{name}' is nested deeper than {DEEPEST} levels: flatten it",
            "too_deep",
        )
        for name in deep[:_MOST_ERRORS]
    ]
    raise VariableInvalidError(fields[0].message, fields=fields)


def _refuse_invalid(definitions: tuple[VariableDefinition, ...], values: Mapping[str, Any]) -> None:
    checker = _checker(_Key(definitions))
    if checker.is_valid(values):
        return
    kinds: dict[str, str] = {definition.name: definition.type for definition in definitions}
    fields = [
        _field_error(error, kinds)
        for error, _ in zip(checker.iter_errors(values), range(_MOST_ERRORS), strict=False)
    ]
    raise VariableInvalidError(fields[0].message, fields=fields)


class _Key:
    """Definitions of one version, by identity: they hold lists and cannot be hashed."""

    def __init__(self, definitions: tuple[VariableDefinition, ...]) -> None:
        self.definitions = definitions
        self._hash = hash(tuple(id(definition) for definition in definitions))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        # The cache keeps its keys alive, so an identity is never used a second time.
        return (
            isinstance(other, _Key)
            and all(
                mine is theirs
                for mine, theirs in zip(self.definitions, other.definitions, strict=False)
            )
            and len(self.definitions) == len(other.definitions)
        )


@lru_cache(maxsize=512)
def _checker(key: _Key) -> jsonschema_rs.Draft202012Validator:
    return validator(key.definitions)


_TEXTS: Mapping[str, tuple[str, str]] = {
    "type": ("is {is_kind}, and must be {meant}", "wrong_type"),
    "format": ("is no {meant}", "wrong_format"),
    "minLength": ("must have at least {limit} characters", "too_short"),
    "maxLength": ("must have at most {limit} characters", "too_long"),
    "minItems": ("must have at least {limit} entries", "too_short"),
    "maxItems": ("must have at most {limit} entries", "too_long"),
    "minProperties": ("must have at least {limit} members", "too_short"),
    "maxProperties": ("must have at most {limit} members", "too_long"),
    "minimum": ("must be at least {limit}", "out_of_range"),
    "maximum": ("must be at most {limit}", "out_of_range"),
    "pattern": ("must match the pattern {limit}", "pattern_mismatch"),
    "enum": ("must be one of {limit}", "not_allowed"),
    "const": ("must be exactly one value", "not_allowed"),
    "required": ("is required", "required"),
    "additionalProperties": ("has members that are not allowed", "not_allowed"),
    "uniqueItems": ("must not have the same entry twice", "not_unique"),
    "multipleOf": ("must be a multiple of {limit}", "out_of_range"),
    "exclusiveMinimum": ("must be more than {limit}", "out_of_range"),
    "exclusiveMaximum": ("must be less than {limit}", "out_of_range"),
}


def _field_error(error: jsonschema_rs.ValidationError, kinds: Mapping[str, str]) -> FieldError:
    """Our own words: the engine's would repeat the caller's data, however long it is."""
    path = [str(part) for part in error.instance_path]
    keyword = str(error.schema_path[-1]) if error.schema_path else ""
    if keyword == "required":  # a member inside of the value
        path.append(str(getattr(error.kind, "property", "")))
    text, code = _TEXTS.get(keyword, ("is not valid", "invalid"))
    name = ".".join(path)[:_LONGEST_LIMIT]
    told = text.format(
        limit=_limit_of(error.kind),
        is_kind=kind_of(error.instance),
        meant=_meant_type(error, kinds.get(path[0], "") if len(path) == 1 else ""),
    )
    return FieldError(f"variables.{name}", f"'{name}' {told}", code)


def _meant_type(error: jsonschema_rs.ValidationError, kind: str) -> str:
    """What the variable, or a member of it, should have been."""
    if isinstance(asked := getattr(error.kind, "format", None), str):
        return MEANT.get(asked, asked).removeprefix("a ").removeprefix("an ")
    types = getattr(error.kind, "types", None) or ()
    return MEANT.get(kind) or " or ".join(MEANT.get(one, one).split(":")[0] for one in types)


def _limit_of(kind: Any) -> str:
    value = getattr(kind, "value", "")
    listed = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return listed[:_LONGEST_LIMIT]


def _meant(name: str, known: Iterable[str]) -> str:
    return _near(name[:_LONGEST_LIMIT], tuple(known))


@lru_cache(maxsize=1024)
def _near(name: str, known: tuple[str, ...]) -> str:
    """Remembered, since every row of a table has the same strange columns."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def _unknown(names: Sequence[str], known: Mapping[str, Any]) -> list[FieldError]:
    return [
        FieldError(
            f"variables.{name}",
            f"the template has no variable '{name}'{_meant(name, known)}",
            "unknown_variable",
        )
        for name in names[:_MOST_ERRORS]
    ]


def _unknown_text(names: Sequence[str], known: Mapping[str, Any]) -> str:
    more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
    return f"The template has no variable '{names[0]}'{_meant(names[0], known)}{more}"


def _warnings(names: Sequence[str], known: Mapping[str, Any]) -> list[Warn]:
    if not names:
        return []
    detail = {"names": list(names[:_MOST_ERRORS])}
    return [Warn("unknown_variable", _unknown_text(names, known), detail)]
