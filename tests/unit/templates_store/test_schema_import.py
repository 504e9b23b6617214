"""JSON Schemas in and out: what is kept, and that nothing is dropped in silence."""

from typing import Any

import pytest

from core.errors import ValidationError
from templates_store.schema import json_schema, refuse_bad_definitions
from templates_store.schema_import import definitions_of
from templates_store.variables import VARIABLE_TYPES
from templates_store.variables import VariableDefinition as Definition

DEFINITIONS = (
    *[Definition(kind, type=kind, description=f"A {kind}") for kind in VARIABLE_TYPES],
    Definition("title", type="text", default="x", validation={"minLength": 1, "maxLength": 60, "pattern": "^x"}),
    Definition("price", type="number", validation={"min": 0, "max": 9, "required": True}),
    Definition("size", validation={"enum": ["S", "M"]}),
    Definition("body", allow_raw_html=True),
    Definition("lines", type="array", validation={"minLength": 1, "schema": {"items": {"type": "object"}}}),
    Definition("meta", type="object", validation={"maxLength": 3, "schema": {"required": ["a"]}}),
)  # fmt: skip


def test_what_was_exported_comes_back_as_it_was() -> None:
    assert definitions_of(json_schema(DEFINITIONS), "variableSchema") == DEFINITIONS


OTHERS: list[tuple[dict[str, Any], Definition]] = [
    ({"type": "string"}, Definition("x")),
    ({"type": ["string", "null"], "title": "Name"}, Definition("x", description="Name")),
    ({"type": "integer", "minimum": 1}, Definition("x", type="number", validation={"min": 1})),
    ({"type": "string", "format": "uri"}, Definition("x", type="url")),
    ({"type": "string", "format": "date-time"}, Definition("x", type="date")),
    ({"type": "string", "format": "hostname"}, Definition("x")),
    ({"enum": ["a"]}, Definition("x", validation={"enum": ["a"]})),
    ({"type": "array", "items": {"type": "string"}, "uniqueItems": True},
     Definition("x", type="array", validation={"schema": {"items": {"type": "string"}, "uniqueItems": True}})),
    ({}, Definition("x")),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "expected"), OTHERS)
def test_schemas_of_others_are_understood(schema: dict[str, Any], expected: Definition) -> None:
    (found,) = definitions_of({"type": "object", "properties": {"x": schema}}, "variableSchema")
    assert found == expected
    refuse_bad_definitions([found])


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        ({"properties": {"x": {"oneOf": []}}}, "variableSchema.properties.x.oneOf"),
        ({"properties": {"x": {"$ref": "http://a"}}}, "variableSchema.properties.x.$ref"),
        ({"properties": {"x": {"type": "number", "multipleOf": 2}}}, "variableSchema.properties.x.multipleOf"),
        ({"properties": {}, "allOf": []}, "variableSchema.allOf"),
        ({"properties": {"x": 1}}, "variableSchema.properties.x"),
        ({"type": "array"}, "variableSchema"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused(schema: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        definitions_of(schema, "variableSchema")
    assert caught.value.fields[0].field == field


@pytest.mark.parametrize(
    "inner",
    [
        {"items": {"$ref": "http://127.0.0.1/schema"}},
        {"items": {"anyOf": [{}]}},
        {"items": 5},
        {"items": {"pattern": "(?=a)"}},
        {"properties": {"a": {"items": {"$ref": "#"}}}},
        {"items": {"items": {"items": {"items": {"items": {"items": {"items": {"items": {"items": {}}}}}}}}}},
    ],
)  # fmt: skip
def test_a_schema_inside_of_a_list_names_no_address_and_no_branches(inner: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        refuse_bad_definitions([Definition("x", type="array", validation={"schema": inner})])
    assert caught.value.fields[0].field.startswith("variableDefinitions.0.validation")
