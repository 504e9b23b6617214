"""Every route that takes an id, called with another workspace's: 404, and nothing has changed.

The calls are made from the route table. A new route with an id in its path or body fails here
until it is told, in one of the tables below, whose id that is.
"""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from support.service import Service
from support.traces import TraceSite

from api.app import all_routes
from api.routing import Route
from tests.tenancy.conftest import Tenants

ROUTES = all_routes()

OWNERS = {
    "/templates/": "template",
    "/templates/{uid}/versions/": "version",
    "/templates/{uid}/versions/{before}/diff/": "version",
    "/r/": "template",
    "/templates/batch/": "batch",
    "/templates/batch/{id}/items/": "index",
    "/image/": "image",
    "/gif/": "gif",
    "/pdf/": "pdf",
    "/render/": "image",
    "/webhook-subscriptions/": "subscription",
    "/webhook-subscriptions/{uid}/deliveries/": "delivery",
    "/files/": "artifact",
    "/assets/": "asset",
    "/bindings/": "binding",
    "/b/": "binding",
    "/webhooks/": "binding",
}
"""What stands behind an id in a path, by the text before it."""

UNKNOWN = {
    "template": "tpl_0000000000000000000z",
    "version": "1",
    "index": "0",
    "batch": "bat_0000000000000000000z",
    "image": "rnd_0000000000000000000z",
    "gif": "rnd_0000000000000000000z",
    "pdf": "rnd_0000000000000000000z",
    "subscription": "whs_0000000000000000000z",
    "delivery": "dlv_0000000000000000000z",
    "artifact": "art_0000000000000000000z",
    "asset": "ast_0000000000000000000z",
    "binding": "bnd_0000000000000000000000000z",
}
"""Ids that were never given to anything."""

IN_BODIES: dict[tuple[str, str, str], dict[str, Any]] = {
    ("POST", "/image", "template"): {},
    ("POST", "/gif", "template"): {},
    ("POST", "/pdf/render", "template"): {},
    ("POST", "/pdf/multi-page", "templateUid"): {"variableSets": [{}]},
    ("POST", "/templates/{uid}/batch-render", "assetId"): {},
    ("POST", "/bindings", "templateId"): {"dataSource": {"type": "static"}},
    ("PUT", "/bindings/{uid}", "templateId"): {},
    ("PUT", "/bindings/{uid}", "templateUid"): {},
}
"""Members of a body that name a template or an asset -> what else the body needs."""

NAMED_BY = {"assetId": "asset"}
"""What a member names that is no template."""

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/templates/{uid}/batch-render"): {"variableSets": [{}]},
    ("PUT", "/webhook-subscriptions/{uid}"): {"status": "paused"},
    ("PUT", "/bindings/{uid}"): {"name": "Mended"},
    ("POST", "/webhooks/{uid}"): {"title": "Posted"},
    ("POST", "/templates/{uid}/versions/{version}/publish"): {},
    ("PATCH", "/templates/batch/{id}/items/{index}"): {"variables": {"title": "Mended"}},
}
"""Bodies that would work, where the table's example would not."""

ID_LIKE = re.compile(r"(?:^|[a-z])(?:uid|Uid|id|Id|template|batch|binding|asset|artifact)$")
ID_IN_QUERIES = {("GET", "/bindings", "templateId")}
"""Parameters of queries that name something; each needs a test of its own."""

NUMBERS = {"version", "index"}
"""Parts of a path that count, and belong to whom the rest belongs to."""

RESTLESS = {"idempotency_keys", "alembic_version", "sqlite_sequence"}
PAGE = "<style>@keyframes go{to{rotate:1turn}}b{display:block;width:50px;height:50px;background:red;animation:go 1s infinite}</style><b></b>{{ title }}"


@dataclass(frozen=True)
class Property:
    """Everything that the first workspace owns: kind -> id; the second owns the same."""

    mine: dict[str, str]
    others: dict[str, str]


def ended(client: httpx2.Client, batch: str) -> None:
    until(
        lambda: client.get(f"/templates/batch/{batch}/results").json()["status"] == "completed",
    )


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.05)


def furnish(client: httpx2.Client, site: TraceSite) -> dict[str, str]:
    """One of everything."""

    def made(path: str, body: dict[str, Any]) -> Any:
        answer = client.post(path, json=body)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json()

    size = {"width": 60, "height": 60}
    template = made("/templates", {"name": "Private name", "html": PAGE, **size})["template"]["uid"]
    hook = {"event": "render.completed", "targetUrl": site.url("/hook")}
    subscription = made("/webhook-subscriptions", hook)["subscription"]["uid"]
    delivery = made(f"/webhook-subscriptions/{subscription}/test", {})["delivery"]["id"]
    sheet = {"file": ("private.csv", b"title,n\nPrivate value,1\n")}
    asset = client.post("/assets", files=sheet).json()["asset"]["uid"]
    image = made("/image", {"template": template, **size})
    gif = made("/gif", {"template": template, **size})
    pdf = made("/pdf/render", {"template": template})
    bound = {"templateId": template, "dataSource": {"type": "static", "data": {"title": "Bound"}}}
    binding = made("/bindings", bound)["binding"]["uid"]
    until(lambda: "lastRenderAt" in client.get(f"/bindings/{binding}").json()["binding"])
    rows = {"variableSets": [{"title": "Private value"}, {}]}
    batch = made(f"/templates/{template}/batch-render", rows)["batchId"]
    ended(client, batch)
    return {
        "template": template,
        "version": "1",
        "index": "0",
        "batch": batch,
        "image": image["id"],
        "gif": gif["id"],
        "pdf": pdf["id"],
        "subscription": subscription,
        "delivery": delivery,
        "artifact": image["url"].rpartition("/")[2],
        "asset": asset,
        "binding": binding,
    }


@pytest.fixture(scope="module")
def property_(tenants: Tenants, site: TraceSite, service: Service) -> Property:
    found = Property(furnish(tenants.second, site), furnish(tenants.first, site))
    until(lambda: not dump_of(service, "webhook_deliveries", "finished_us IS NULL"))
    until(at_rest(service))  # events may have been written whose deliveries are yet to come
    return found


def at_rest(service: Service) -> Callable[[], bool]:
    """Whether nothing has changed for a second, when it is asked again and again."""
    seen, since = whole_state(service), time.monotonic()

    def unchanged() -> bool:
        nonlocal seen, since
        now = whole_state(service)
        if now != seen:
            seen, since = now, time.monotonic()
        return time.monotonic() - since > 1

    return unchanged


def rows_of(service: Service, query: str) -> list[tuple[Any, ...]]:
    place = f"file:{service.data_dir / 'platen.db'}?mode=ro"
    with closing(sqlite3.connect(place, uri=True)) as db:
        return db.execute(query).fetchall()


def dump_of(service: Service, table: str, where: str = "1") -> list[Any]:
    return sorted(map(repr, rows_of(service, f'SELECT * FROM "{table}" WHERE {where}')))


def whole_state(service: Service) -> dict[str, list[Any]]:
    """Every row of every table, and every stored file."""
    names = [
        row[0] for row in rows_of(service, "SELECT name FROM sqlite_master WHERE type='table'")
    ]
    state = {name: dump_of(service, name) for name in names if name not in RESTLESS}
    files = (service.data_dir / "artifacts").rglob("*")
    return {**state, "files": sorted(str(path) for path in files if path.is_file())}


def owner_of(path: str, place: int) -> str:
    return OWNERS[path[:place]]


def with_ones_own(path: str, mine: dict[str, str]) -> str:
    place = path.find("{uid}")
    return path if place < 0 else path.replace("{uid}", mine[owner_of(path, place)])


def parameters(route: Route) -> list[tuple[str, str]]:
    """Each `{name}` of the path with what it is the id of."""
    return [
        (found.group(), owner_of(route.path, found.start()))
        for found in re.finditer(r"\{\w+\}", route.path)
    ]


def paths_with(route: Route, mine: dict[str, str], others: dict[str, str]) -> Iterator[str]:
    """The path with others' ids: all of them, then each alone beside ids of one's own."""
    named = parameters(route)
    foreign = [kind for _, kind in named if kind not in NUMBERS]
    for chosen in [foreign, *([kind] for kind in foreign if len(foreign) > 1)]:
        path = route.path
        for name, kind in named:
            path = path.replace(name, (others if kind in chosen else mine)[kind])
        yield path


def other_names_of_files(
    route: Route, property_: Property, service: Service
) -> tuple[list[str], list[str]]:
    """A file is deleted by several names. Its address is the right to read it; ids are none."""
    token = property_.others["artifact"].partition(".")[0]
    ((artifact,),) = rows_of(service, f"SELECT id FROM artifacts WHERE token = '{token}'")
    names = [property_.others["image"], artifact, f"{artifact}.png"]
    never = [UNKNOWN["image"], UNKNOWN["artifact"], UNKNOWN["artifact"] + ".png"]
    if route.method == "DELETE":
        names, never = (
            [*names, property_.others["artifact"]],
            [*never, UNKNOWN["artifact"] + ".png"],
        )
    return [f"/files/{name}" for name in names], [f"/files/{name}" for name in never]


def members(route: Route, model: Any) -> set[tuple[str, str, str]]:
    """Names of the model's JSON, at any depth, that look like the id of something."""
    found: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            found.update(node.get("properties", {}))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    if model is not None:
        walk(model.model_json_schema(by_alias=True))
    return {(route.method, route.path, name) for name in found if ID_LIKE.search(name)}


def body_of(route: Route) -> Any:
    """A body that would work."""
    key = (route.method, route.path)
    assert not route.body or key in BODIES or route.example is not None, "give it a body here"
    return None if route.body is None else BODIES.get(key, route.example)


def strip(answer: httpx2.Response, ids: dict[str, str]) -> Any:
    """The answer without what names the one id or the one request."""
    text = answer.text.replace(answer.headers["x-request-id"], "…")
    for value in ids.values():
        text = text.replace(value, "…") if len(value) > 3 else text
    return re.sub(r"\b(?:rnd|art)_[0-9a-z]{20}(?:\.png)?|…\.png", "…", text)


WITH_PATH_ID = [route for route in ROUTES if "{" in route.path]


@pytest.mark.parametrize("route", WITH_PATH_ID, ids=lambda route: f"{route.method} {route.path}")
def test_another_workspaces_id_in_the_path_is_not_found(
    route: Route, property_: Property, tenants: Tenants, service: Service
) -> None:
    body = body_of(route)
    before = whole_state(service)
    foreign = list(paths_with(route, property_.mine, property_.others))
    unknown = list(paths_with(route, property_.mine, UNKNOWN))
    if route.path == "/files/{id}":
        foreign, unknown = other_names_of_files(route, property_, service)
    for path, never in zip(foreign, unknown, strict=True):
        for prefix in ("", "/v1"):
            answer = tenants.second.request(route.method, prefix + path, json=body)
            assert answer.status_code == 404, (path, answer.text)
        answer = tenants.second.request(route.method, path, json=body)
        other = tenants.second.request(route.method, never, json=body)
        assert strip(answer, property_.others) == strip(other, UNKNOWN)
    assert whole_state(service) == before


@pytest.mark.parametrize("place", sorted(IN_BODIES), ids=" ".join)
def test_another_workspaces_id_in_the_body_is_not_found(
    place: tuple[str, str, str], property_: Property, tenants: Tenants, service: Service
) -> None:
    method, path, name = place
    path = with_ones_own(path, property_.mine)
    before = whole_state(service)
    kind = NAMED_BY.get(name, "template")
    answers = [
        tenants.second.request(method, path, json={name: ids[kind], **IN_BODIES[place]})
        for ids in (property_.others, UNKNOWN)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert strip(answers[0], property_.others) == strip(answers[1], UNKNOWN)
    assert whole_state(service) == before


def test_every_id_that_a_body_or_a_query_may_hold_is_in_the_tables() -> None:
    bodies = {place for route in ROUTES for place in members(route, route.body)}
    assert bodies == set(IN_BODIES)
    assert {place for route in ROUTES for place in members(route, route.query)} == ID_IN_QUERIES


def test_no_list_shows_what_belongs_to_another_workspace(
    property_: Property, tenants: Tenants
) -> None:
    lists = [route for route in ROUTES if route.method == "GET" and route.scope]
    for route in [route for route in lists if "{" not in route.path]:
        text = tenants.second.get(route.path, params={"limit": 100}).text
        for kind, value in property_.others.items():
            assert kind in NUMBERS or value not in text, route.path


def test_a_filter_on_another_workspaces_ids_is_told_nothing(
    property_: Property, tenants: Tenants, site: TraceSite, service: Service
) -> None:
    """Filters are compared, never looked up: they may name what does not exist yet."""
    hook = {
        "events": ["render.completed", "batch.completed"],
        "targetUrl": site.url("/hook"),
    }
    made = []
    for name, kind in (("templateId", "template"), ("batchId", "batch")):
        wanted = {**hook, "filters": {name: property_.others[kind]}}
        answer = tenants.second.post("/webhook-subscriptions", json=wanted)
        made.append(answer.json()["subscription"]["uid"])
    body = {"template": property_.others["template"], "width": 60, "height": 60}
    done = tenants.first.post("/image", json=body).json()
    until(lambda: any(hook["data"].get("id") == done["id"] for hook in site.hooks))
    for uid in made:
        told = tenants.second.get(f"/webhook-subscriptions/{uid}/deliveries").json()
        assert told["pagination"]["total"] == 0


def test_bindings_of_another_workspaces_template_are_not_listed(
    property_: Property, tenants: Tenants
) -> None:
    for name in ("template", "binding"):
        found = tenants.second.get("/bindings", params={"templateId": property_.others[name]})
        assert found.json()["bindings"] == []


def test_an_idempotency_key_of_another_workspace_is_a_new_one(tenants: Tenants) -> None:
    body, key = {"html": "<p>{{ x }}</p>"}, {"Idempotency-Key": "the same for both"}
    first, second = (
        client.post("/templates", json=body, headers=key)
        for client in (tenants.first, tenants.second)
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert "idempotent-replayed" not in second.headers
    assert first.json()["template"]["uid"] != second.json()["template"]["uid"]


def test_the_same_calls_find_ids_of_ones_own(property_: Property, tenants: Tenants) -> None:
    for (method, named, name), more in IN_BODIES.items():
        mine = {name: property_.mine[NAMED_BY.get(name, "template")], **more}
        path = with_ones_own(named, property_.mine)
        assert tenants.second.request(method, path, json=mine).status_code in {200, 201, 202}
    # A signed or public URL is more than the id in it: its own tests make one.
    unsigned = [route for route in WITH_PATH_ID if not route.path.startswith(("/r/", "/b/"))]
    for route in sorted(unsigned, key=lambda route: route.method == "DELETE"):
        path = next(paths_with(route, property_.mine, property_.mine))
        answer = tenants.second.request(route.method, path, json=body_of(route))
        assert answer.status_code in {200, 202, 409}, (path, answer.text)
