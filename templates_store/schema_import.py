"""From a JSON Schema to variable definitions: what `json_schema` writes, and what others wrote."""

from collections.abc import Mapping
from typing import Any

from core.errors import FieldError, ValidationError
from templates_store.subschema import KEYWORDS
from templates_store.variables import VARIABLE_TYPES, VariableDefinition, VariableType

__all__ = ["definitions_of"]

_ROOT = frozenset({
    "$schema", "$id", "$comment", "title", "description", "examples", "default", "type",
    "properties", "required", "additionalProperties",
})  # fmt: skip
_FORMATS: Mapping[str, VariableType] = {
    "color": "color",
    "image": "image",
    "url": "url",
    "uri": "url",
    "moment": "date",
    "date": "date",
    "date-time": "date",
}
_TYPES: Mapping[str, VariableType] = {
    "string": "string",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "array": "array",
    "object": "object",
}
_RULES = {
    "minLength": "minLength",
    "maxLength": "maxLength",
    "minItems": "minLength",
    "maxItems": "maxLength",
    "minProperties": "minLength",
    "maxProperties": "maxLength",
    "minimum": "min",
    "maximum": "max",
    "pattern": "pattern",
    "enum": "enum",
}
_SAID_ELSEWHERE = frozenset({
    "type", "format", "description", "title", "default", "examples", "$comment",
    "x-kind", "x-raw-html", *_RULES,
})  # fmt: skip


def definitions_of(schema: Mapping[str, Any], field: str) -> tuple[VariableDefinition, ...]:
    """A definition for each property of an object's schema.

    `field` is the member of the request that it came in. Raises ValidationError for what cannot be
    kept, each with its path: nothing that a schema asks for is silently dropped.
    """
    errors = [
        FieldError(f"{field}.{word}"[:200], _not_taken(word), "not_allowed")
        for word in schema
        if word not in _ROOT and not word.startswith("x-")
    ]
    properties = schema.get("properties", {})
    required = schema.get("required", [])
    if schema.get("type", "object") != "object" or not isinstance(properties, Mapping):
        text = f"{field} must be the schema of an object, with properties"
        raise ValidationError.of(field, text, "wrong_type")
    definitions: list[VariableDefinition] = []
    for name, one in properties.items():
        place = f"{field}.properties.{name}"[:200]
        if not isinstance(one, Mapping):
            errors.append(FieldError(place, f"{place} must be an object", "wrong_type"))
            continue
        errors += _faults(one, place)
        definitions.append(_definition(name, one, required=name in required))
    if errors:
        raise ValidationError(errors[0].message, fields=errors[:50])
    return tuple(definitions)


def _definition(name: str, schema: Mapping[str, Any], *, required: bool) -> VariableDefinition:
    kind = _kind(schema)
    rules: dict[str, Any] = {
        rule: schema[word] for word, rule in _RULES.items() if schema.get(word) is not None
    }
    inner = {word: value for word, value in schema.items() if word not in _SAID_ELSEWHERE}
    if inner:
        rules["schema"] = inner
    if required:
        rules["required"] = True
    return VariableDefinition(
        name=name,
        type=kind,
        default=schema.get("default"),
        description=str(schema.get("description") or schema.get("title") or "")[:2000],
        validation=rules or None,
        allow_raw_html=schema.get("x-raw-html") is True,
    )


def _kind(schema: Mapping[str, Any]) -> VariableType:
    said = schema.get("x-kind")
    if said in VARIABLE_TYPES:
        return said
    types = schema.get("type", "string")
    names = [one for one in (types if isinstance(types, list) else [types]) if one != "null"]
    by_format = _FORMATS.get(str(schema.get("format", "")))
    if by_format and names in (["string"], ["string", "number"]):
        return by_format
    # Several types side by side are what a text takes: text, number, true or false.
    return _TYPES.get(str(names[0]), "string") if len(names) == 1 else "string"


def _faults(schema: Mapping[str, Any], place: str) -> list[FieldError]:
    taken = KEYWORDS | {"x-kind", "x-raw-html"}
    faults = [
        FieldError(f"{place}.{word}"[:200], _not_taken(word), "not_allowed")
        for word in schema
        if word not in taken and not word.startswith("x-")
    ]
    inner = set(schema) - _SAID_ELSEWHERE
    if _kind(schema) not in {"array", "object"}:
        faults += [
            FieldError(f"{place}.{word}"[:200], _not_taken(word), "not_allowed")
            for word in sorted(inner & KEYWORDS)
        ]
    return faults


def _not_taken(word: str) -> str:
    return (
        f"'{word[:40]}' cannot be kept as a rule of a variable: leave it out, or write the "
        "variable by hand in variableDefinitions"
    )
