"""Where a variable's value names pictures, by its type or by its schema's `"format": "image"`."""

from collections.abc import Iterator, Mapping
from typing import Any

from templates_store.variables import VariableDefinition

__all__ = ["named_pictures"]


def named_pictures(definition: VariableDefinition, value: Any) -> Iterator[tuple[str, str]]:
    """The path (`rows.2.photo`) and the address of each picture that the value names.

    A schema is at most eight levels deep, as `subschema` sees to.
    """
    schema = (definition.validation or {}).get("schema")
    if definition.type == "image":
        schema = {"format": "image"}
    if isinstance(schema, Mapping):
        yield from _within(schema, value, definition.name)


def _within(schema: Mapping[str, Any], value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if schema.get("format") == "image" and value:
            yield path, value
    elif isinstance(value, list):
        items = schema.get("items")
        if isinstance(items, Mapping):
            for index, entry in enumerate(value):
                yield from _within(items, entry, f"{path}.{index}")
    elif isinstance(value, Mapping):
        known = schema.get("properties") or {}
        others = schema.get("additionalProperties")
        for name, member in value.items():
            rule = known.get(name, others)
            if isinstance(rule, Mapping):
                yield from _within(rule, member, f"{path}.{name}")
