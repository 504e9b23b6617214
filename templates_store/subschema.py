"""A JSON Schema for what is inside of a list or an object, in the few words that we take."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.errors import FieldError
from templates_store.variables import VariableDefinition

__all__ = ["KEYWORDS", "refuse_subschema"]

KEYWORDS = frozenset({
    "type", "items", "properties", "required", "additionalProperties", "enum", "const",
    "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "minProperties",
    "maxProperties", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "pattern", "format", "description", "title", "default", "examples", "$comment",
})  # fmt: skip
"""No `$ref`, which could name an address, and nothing that makes a check branch."""

_MOST = 500
_DEEPEST = 8


def refuse_subschema(definition: VariableDefinition, place: str) -> list[FieldError]:
    """What cannot be used of a definition's `schema` rule, each with its path."""
    schema = (definition.validation or {}).get("schema")
    if schema is None:
        return []
    if definition.type not in {"array", "object"}:
        text = f"'{definition.name}' is no array or object, so it has no members: leave schema out"
        return [FieldError(place, text, "not_allowed")]
    errors = [error for error, _ in zip(_faults(schema, place, 0), range(10), strict=False)]
    if not errors and sum(1 for _ in _all(schema)) > _MOST:
        errors.append(FieldError(place, f"a schema may have {_MOST} parts", "too_long"))
    return errors


def _faults(schema: Any, place: str, depth: int) -> Iterator[FieldError]:
    if depth > _DEEPEST:
        yield FieldError(place, f"a schema may be {_DEEPEST} levels deep", "too_deep")
    elif not isinstance(schema, Mapping):
        yield FieldError(place, "must be a JSON Schema: an object", "wrong_type")
    else:
        for keyword in schema:
            if keyword not in KEYWORDS and not str(keyword).startswith("x-"):
                text = f"'{str(keyword)[:40]}' is not taken here; use {', '.join(sorted(KEYWORDS))}"
                yield FieldError(f"{place}.{str(keyword)[:40]}", text, "not_allowed")
        for name, child in _children(schema):
            yield from _faults(child, f"{place}.{name}", depth + 1)


def _children(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if "items" in schema:
        yield "items", schema["items"]
    more = schema.get("additionalProperties")
    if more is not None and not isinstance(more, bool):
        yield "additionalProperties", more
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        for name, child in properties.items():
            yield f"properties.{str(name)[:60]}", child


def _all(schema: Mapping[str, Any]) -> Iterator[Any]:
    yield schema
    for _, child in _children(schema):
        yield from _all(child)
