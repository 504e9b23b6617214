"""The OpenAPI 3.1 document, made from the route table: what it says is what comes back."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

from api.errors import (
    IdempotencyInFlightError,
    IdempotencyKeyReusedError,
    InvalidApiKeyError,
    MalformedJsonError,
    MissingAuthorizationError,
    PayloadTooLargeError,
    QuotaExceededError,
    RateLimitError,
    RequestTimeoutError,
    UnsupportedMediaTypeError,
)
from api.lists import Listing, entry_models
from api.problems import Problem
from api.routing import Route
from core.errors import (
    ForbiddenError,
    InternalError,
    NotFoundError,
    PlatenError,
    StorageUnavailableError,
    ValidationError,
)
from core.tenant import SCOPES
from renderer.compose.errors import InvalidUnicodeError

__all__ = ["errors_of", "openapi_document"]

_REF = "#/components/schemas/{model}"
_DESCRIPTION = (
    "A stored template plus data becomes a picture, an animation or a PDF. "
    "Every route is served under `/` and under `/v1`; every error is a `Problem`."
)
_ALWAYS = (InternalError, StorageUnavailableError)
_WITH_KEY = (
    MissingAuthorizationError,
    InvalidApiKeyError,
    ForbiddenError,
    RateLimitError,
    QuotaExceededError,
)
_WITH_BODY = (
    MalformedJsonError,
    ValidationError,
    PayloadTooLargeError,
    RequestTimeoutError,
    UnsupportedMediaTypeError,
    InvalidUnicodeError,
)
_HEADERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "X-Request-Id": ("The request's id; the log and every error have it.", {"type": "string"}),
    "X-RateLimit-Limit": ("Requests of the window that ends first.", {"type": "integer"}),
    "X-RateLimit-Remaining": ("Requests left in it.", {"type": "integer"}),
    "X-RateLimit-Reset": ("When it begins anew, in Unix seconds.", {"type": "integer"}),
    "RateLimit": ("What is left of each window.", {"type": "string"}),
    "RateLimit-Policy": ("Each window and its quota.", {"type": "string"}),
    "Server-Timing": ("The render's steps and the total, in ms.", {"type": "string"}),
}
_KEY_TEXT = (
    "Up to 255 printable characters: the same request sent again within 24 h gets the same answer, "
    "with `Idempotent-Replayed: true`."
)
_KEYS: Mapping[str, Mapping[str, str]] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_BOUNDS: Mapping[str, str] = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
}

Schemas = Mapping[Any, Mapping[str, Any]]
"""By model and mode: a reference into the components."""


class _Generator(GenerateJsonSchema):
    """Pydantic's, but a member that is left out when it is None is never said to be null."""

    def model_field_schema(self, schema: core_schema.ModelField) -> dict[str, Any]:
        found = super().model_field_schema(schema)
        if self.mode != "serialization" or schema.get("serialization_exclude_if") is None:
            return found
        kept = {name: value for name, value in found.items() if name != "default"}
        choices = [item for item in kept.pop("anyOf", []) if item != {"type": "null"}]
        if len(choices) == 1:
            return {**choices[0], **kept}
        return {**kept, "anyOf": choices} if choices else kept


def errors_of(route: Route) -> Sequence[type[PlatenError]]:
    """Every error that the route can answer with, its own and the floor's."""
    found: list[type[PlatenError]] = [*route.errors, *_ALWAYS]
    if route.scope is not None:
        found += _WITH_KEY
    if route.body is not None:
        found += _WITH_BODY
    if route.query is not None:
        found.append(ValidationError)
    if "{" in route.path:
        found.append(NotFoundError)
    if _takes_keys(route):
        found += (IdempotencyInFlightError, IdempotencyKeyReusedError, ValidationError)
    return sorted(set(found), key=lambda error: (error.status, error.code))


def _takes_keys(route: Route) -> bool:
    return route.method == "POST" and route.scope is not None


def openapi_document(routes: Iterable[Route], *, base_url: str, version: str) -> dict[str, Any]:
    """The whole document. `routes` without `in_document` are left out."""
    shown = [route for route in routes if route.in_document]
    schemas, definitions = _schemas(shown)
    paths: dict[str, dict[str, Any]] = {}
    for route in shown:
        item = paths.setdefault(route.path, {})
        item[route.method.lower()] = _operation(route, schemas, definitions)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Platen",
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base_url}, {"url": f"{base_url}/v1"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in shown)],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": _KEYS,
            "headers": {
                name: {"description": text, "required": True, "schema": schema}
                for name, (text, schema) in _HEADERS.items()
            },
        },
    }


def _schemas(routes: Sequence[Route]) -> tuple[Schemas, dict[str, Any]]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for route in routes:
        for model, mode in _models(route):
            wanted[model, mode] = None
    schemas, root = models_json_schema(list(wanted), ref_template=_REF, schema_generator=_Generator)
    definitions = root.get("$defs", {})
    _name_bounds(definitions)
    return schemas, definitions


def _name_bounds(node: Any) -> None:
    """Bounds behind a validator keep pydantic's own names; JSON Schema has others for them."""
    if isinstance(node, list):
        for item in node:
            _name_bounds(item)
    elif isinstance(node, dict):
        if node.get("type") in ("integer", "number"):
            for name in _BOUNDS.keys() & node.keys():
                node[_BOUNDS[name]] = node.pop(name)
        for item in node.values():
            _name_bounds(item)


def _models(route: Route) -> Iterable[tuple[type[BaseModel], JsonSchemaMode]]:
    if route.body is not None:
        yield route.body, "validation"
    if route.query is not None:
        yield route.query, "validation"
    for answer in (route.answer, *route.also.values()):
        if answer is not None:
            yield answer, "serialization"


def _operation(route: Route, schemas: Schemas, definitions: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(route),
        "summary": route.summary,
        "tags": [route.tag],
        "parameters": _parameters(route, schemas, definitions),
        "responses": {
            str(route.status): _success(route, schemas),
            **{str(status): _other(model, schemas) for status, model in route.also.items()},
            **_failures(route, schemas),
        },
        "security": [{name: []} for name in _KEYS] if route.scope else [],
    }
    if route.scope:
        what = SCOPES.get(route.scope, "")
        operation["description"] = f"The key needs the scope `{route.scope}`: {what}."
    if route.body is not None:
        operation["requestBody"] = _request_body(route, schemas, definitions)
    return operation


def _operation_id(route: Route) -> str:
    words = re.findall(r"[A-Za-z0-9]+", route.path)
    return route.method.lower() + "".join(word[:1].upper() + word[1:] for word in words)


def _parameters(
    route: Route, schemas: Schemas, definitions: Mapping[str, Any]
) -> list[dict[str, Any]]:
    found = [
        _parameter(name, "path", {"type": "string"}, required=True)
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]
    if route.query is not None:
        model = _target(schemas[route.query, "validation"], definitions)
        required = model.get("required", [])
        found += [
            _parameter(name, "query", schema, required=name in required)
            for name, schema in model.get("properties", {}).items()
        ]
    headers = dict(route.request_headers)
    if _takes_keys(route):
        headers["Idempotency-Key"] = _KEY_TEXT
    return found + [
        _parameter(name, "header", {"type": "string"}, description=text)
        for name, text in headers.items()
    ]


def _parameter(
    name: str,
    place: Literal["path", "query", "header"],
    schema: Mapping[str, Any],
    *,
    required: bool = False,
    description: str = "",
) -> dict[str, Any]:
    text = description or schema.get("description", "")
    parameter = {"name": name, "in": place, "required": required, "schema": schema}
    return {**parameter, "description": text} if text else parameter


def _target(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    reference: str | None = schema.get("$ref")
    return definitions[reference.rsplit("/", 1)[-1]] if reference else schema


def _request_body(route: Route, schemas: Schemas, definitions: Mapping[str, Any]) -> dict[str, Any]:
    assert route.body is not None
    schema = schemas[route.body, "validation"]
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if route.example is not None:
        content["application/json"]["example"] = route.example
    if route.multipart:
        content["multipart/form-data"] = {"schema": _multipart(schema)}
    return {"required": bool(_target(schema, definitions).get("required")), "content": content}


def _multipart(schema: Mapping[str, Any]) -> dict[str, Any]:
    binary = {"type": "string", "contentMediaType": "application/octet-stream"}
    return {
        "type": "object",
        "description": "The JSON, the page, and files that the page names by relative paths.",
        "properties": {
            "request": schema,
            "index.html": {"type": "string", "contentMediaType": "text/html"},
            "files": {"type": "array", "items": binary},
        },
    }


def _success(route: Route, schemas: Schemas) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if route.answer is not None:
        schema = schemas[route.answer, "serialization"]
        if route.query is not None and issubclass(route.query, Listing):
            schema = {"anyOf": [schema, _with_fields(route.answer)]}
        content["application/json"] = {"schema": schema}
    content |= {kind: {} for kind in route.media_types}
    headers = _shared_headers() | {
        name: {"description": text, "schema": {"type": "string"}}
        for name, text in route.answer_headers.items()
    }
    return {"description": route.summary, "headers": headers, "content": content}


def _with_fields(answer: type[BaseModel]) -> dict[str, Any]:
    """The answer when `fields` has chosen members of the entries."""
    entries = {"type": "array", "items": {"type": "object"}}
    lists = dict.fromkeys(entry_models(answer), entries)
    return {
        "type": "object",
        "description": "With `fields`: entries have the members that it names.",
        "required": [*lists, "pagination"],
        "properties": {**lists, "pagination": {"type": "object"}},
    }


def _other(model: type[BaseModel], schemas: Schemas) -> dict[str, Any]:
    schema = schemas[model, "serialization"]
    return {
        "description": (model.__doc__ or "").strip().split("\n", 1)[0],
        "headers": _shared_headers(),
        "content": {"application/json": {"schema": schema}},
    }


def _failures(route: Route, schemas: Schemas) -> dict[str, Any]:
    by_status: dict[int, list[type[PlatenError]]] = {}
    for error in errors_of(route):
        by_status.setdefault(error.status, []).append(error)
    return {str(status): _failure(errors, schemas) for status, errors in by_status.items()}


def _failure(errors: Sequence[type[PlatenError]], schemas: Schemas) -> dict[str, Any]:
    problem = schemas[Problem, "serialization"]
    codes = {"properties": {"code": {"enum": [error.code for error in errors]}}}
    headers = _shared_headers()
    if errors[0].status in {429, 503}:
        text = "Whole seconds until the request may succeed."
        headers["Retry-After"] = {"description": text, "schema": {"type": "integer"}}
    return {
        "description": "; ".join(error.title for error in errors),
        "headers": headers,
        "content": {"application/problem+json": {"schema": {"allOf": [problem, codes]}}},
    }


def _shared_headers() -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in _HEADERS}
