"""The document of the whole contract, held against itself."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from api.app import all_routes
from api.openapi import errors_of, openapi_document
from api.routing import Route
from core.errors import error_types
from core.tenant import SCOPES

ROUTES = all_routes()
DOCUMENT = openapi_document(ROUTES, base_url="http://platen.test", version="1")
SCHEMAS = DOCUMENT["components"]["schemas"]

VOCABULARY = {
    "$ref", "additionalProperties", "allOf", "anyOf", "const", "contentMediaType", "default",
    "description", "enum", "examples", "exclusiveMaximum", "exclusiveMinimum", "format", "items",
    "maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength", "minProperties",
    "minimum", "multipleOf", "oneOf", "pattern", "patternProperties", "prefixItems", "properties",
    "propertyNames", "required", "title", "type", "uniqueItems",
}  # fmt: skip


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from nodes(item)
    elif isinstance(value, list):
        for item in value:
            yield from nodes(item)


def test_every_reference_leads_somewhere() -> None:
    for node in nodes(DOCUMENT):
        if isinstance(node.get("$ref"), str):
            found: Any = DOCUMENT
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]


def test_operations_have_names_of_their_own() -> None:
    ids = [
        operation["operationId"]
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
    ]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("model", SCHEMAS)
def test_every_component_is_a_schema(model: str) -> None:
    jsonschema_rs.meta.validate(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", **SCHEMAS[model]}
    )


def test_schemas_speak_no_dialect() -> None:
    found: set[str] = set()
    for node in schema_nodes(list(SCHEMAS.values())):
        found |= node.keys()
    assert found <= VOCABULARY


def schema_nodes(schemas: list[Any]) -> Iterator[dict[str, Any]]:
    for schema in schemas:
        if not isinstance(schema, dict):
            continue
        yield schema
        for word, value in schema.items():
            if word in {"properties", "patternProperties"}:
                yield from schema_nodes(list(value.values()))
            elif word in {
                "items",
                "additionalProperties",
                "propertyNames",
                "anyOf",
                "allOf",
                "oneOf",
            }:
                yield from schema_nodes(value if isinstance(value, list) else [value])


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_a_route_tells_what_it_takes_and_gives(route: Route) -> None:
    assert route.answer is not None or route.media_types
    assert route.scope is None or route.scope in SCOPES
    assert route.summary
    assert not route.summary.endswith(".")
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    parameters = [item["name"] for item in operation["parameters"] if item["in"] == "path"]
    assert parameters == re.findall(r"\{(\w+)\}", route.path)
    for status, answer in operation["responses"].items():
        if int(status) not in {route.status, *route.also}:
            assert list(answer["content"]) == ["application/problem+json"]


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_a_lists_answer_is_never_null(route: Route) -> None:
    if route.answer is None:
        return
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    schema = operation["responses"][str(route.status)]["content"]["application/json"]["schema"]
    for node in nodes(within(schema)):
        kinds = [item.get("type") for item in node.get("anyOf", ()) if isinstance(item, dict)]
        assert not {"array", "null"} <= set(kinds), node


def within(schema: dict[str, Any], seen: tuple[str, ...] = ()) -> Any:
    """The schema with its references written out."""
    reference = schema.get("$ref", "").rsplit("/", 1)[-1]
    if reference in seen:
        return {}
    if reference:
        return within(SCHEMAS[reference], (*seen, reference))
    return {
        key: within(value, seen)
        if isinstance(value, dict)
        else [within(item, seen) if isinstance(item, dict) else item for item in value]
        if isinstance(value, list)
        else value
        for key, value in schema.items()
    }


@pytest.mark.parametrize("route", [route for route in ROUTES if route.example], ids=name)
def test_an_example_is_a_body_that_the_route_takes(route: Route) -> None:
    assert route.body is not None
    route.body.model_validate(route.example)
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    whole = {**schema, "components": DOCUMENT["components"]}
    jsonschema_rs.Draft202012Validator(whole).validate(route.example)


def test_the_list_of_errors_is_closed_and_each_is_explained() -> None:
    known = {error.code for error in error_types()}
    for route in ROUTES:
        assert {error.code for error in errors_of(route)} <= known
    for error in error_types():
        assert error.title
        assert 400 <= error.status < 600
        assert re.fullmatch(r"[a-z0-9-]+", error.slug())
        text = " ".join((error.__doc__ or "").split())
        assert len(text) > 40, error
        assert text.endswith((".", "`")), error


def test_codes_and_slugs_name_one_error_each() -> None:
    slugs = [error.slug() for error in error_types()]
    assert len(slugs) == len(set(slugs))
