"""What holds for every row of the contract's table, and for the pages that tell of it."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from api.app import all_routes
from api.errors import InvalidApiKeyError
from api.routing import Route
from core.errors import error_types
from core.tenant import SCOPES
from tests.integration.api.conftest import Entrance
from tests.integration.api.test_entrance import has_the_shape

ROUTES = all_routes()
LOCKED = [route for route in ROUTES if route.scope]
WITH_BODY = [route for route in LOCKED if route.body]


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def path(route: Route) -> str:
    return re.sub(r"\{\w+\}", "x1", route.path)


@pytest.fixture
async def client(entrance: Entrance) -> AsyncIterator[httpx2.AsyncClient]:
    app = entrance.app(ROUTES, max_body_bytes=1000)
    async with entrance.client(app, None) as client:
        yield client


@pytest.fixture
async def keys(entrance: Entrance) -> dict[str, str]:
    """A key for each scope that has all the others."""
    place = await entrance.workspaces.create("scopes")
    return {
        scope: (await entrance.workspaces.create_key(place.id, scopes=set(SCOPES) - {scope}))[1]
        for scope in SCOPES
    }


async def test_no_locked_route_opens_without_a_key(client: httpx2.AsyncClient) -> None:
    for route in LOCKED:
        answer = await client.request(route.method, path(route))
        has_the_shape(answer, 401, "missing_authorization")
        sent = {"Authorization": "Bearer no such key"}
        answer = await client.request(route.method, path(route), headers=sent)
        has_the_shape(answer, 401, InvalidApiKeyError.code)


async def test_no_route_opens_without_its_scope(
    client: httpx2.AsyncClient, keys: dict[str, str]
) -> None:
    for route in LOCKED:
        assert route.scope
        sent = {"X-API-Key": keys[route.scope]}
        answer = await client.request(route.method, path(route), headers=sent)
        has_the_shape(answer, 403, "insufficient_scope")


async def test_A01_no_route_takes_a_broken_body(
    client: httpx2.AsyncClient, keys: dict[str, str]
) -> None:
    bodies = {b'{"a": 1, "a": 2}': 400, b'{"a": NaN}': 400, b"{": 400, b"[]": 400, b" " * 2000: 413}
    for route in WITH_BODY:
        other = next(scope for scope in SCOPES if scope != route.scope)
        for body, status in bodies.items():
            sent = {"X-API-Key": keys[other], "Content-Type": "application/json"}
            answer = await client.request(route.method, path(route), content=body, headers=sent)
            assert answer.status_code == status, (name(route), body)
            has_the_shape(answer, status, answer.json()["code"])


async def test_a_strange_type_of_body_is_refused_everywhere(
    client: httpx2.AsyncClient, keys: dict[str, str]
) -> None:
    for route in WITH_BODY:
        other = next(scope for scope in SCOPES if scope != route.scope)
        sent = {"X-API-Key": keys[other], "Content-Type": "application/xml"}
        answer = await client.request(route.method, path(route), content=b"<a/>", headers=sent)
        has_the_shape(answer, 415, "unsupported_media_type")


async def test_the_reference_tells_of_every_route_and_asks_nobody_else(
    client: httpx2.AsyncClient,
) -> None:
    page = await client.get("/docs")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for route in ROUTES:
        assert f"<code>{route.path}</code>" in page.text
    assert "<script" not in page.text
    loaded = re.findall(r'(?:src|rel="stylesheet" href)="([^"]+)"', page.text)
    assert loaded == ["http://platen.test/docs/style.css"]
    assert (await client.get("/docs/style.css")).headers["content-type"].startswith("text/css")


async def test_every_error_has_the_place_that_its_type_names(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/docs/errors")).text
    for error in error_types():
        assert f'id="{error.slug()}"' in page, error


async def test_the_document_is_the_same_for_everybody(client: httpx2.AsyncClient) -> None:
    first, again = [await client.get(place) for place in ("/openapi.json", "/v1/openapi.json")]
    assert first.content == again.content
    document = first.json()
    assert document["openapi"] == "3.1.0"
    assert [server["url"] for server in document["servers"]] == [
        "http://platen.test",
        "http://platen.test/v1",
    ]
    assert set(document["paths"]) == {route.path for route in ROUTES if route.in_document}
