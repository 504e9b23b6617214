"""Every list has cursors, orders and chosen members, by the one mechanism of `api/lists.py`."""

import base64
import hashlib
import json
from typing import Any

import httpx2
import pytest

from api.app import all_routes
from api.lists import Listing

NAMES = ["beta", "Alpha", "gamma", "alpha", "Beta", "delta", "same", "same", "same"]


@pytest.fixture
async def nine(client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """Nine templates, three of them with one name."""
    for name in NAMES:
        await client.post("/templates", json={"html": "<p>x", "name": name})
    return client


async def walked(client: httpx2.AsyncClient, path: str, member: str) -> list[dict[str, Any]]:
    """All entries, from cursor to cursor."""
    rows: list[dict[str, Any]] = []
    answer = (await client.get(path)).json()
    for _ in range(20):
        rows += answer[member]
        cursor = answer["pagination"].get("nextCursor")
        if cursor is None:
            return rows
        answer = (
            await client.get(path.split("?", maxsplit=1)[0], params={"cursor": cursor, "limit": 2})
        ).json()
    raise AssertionError("the cursors lead nowhere")


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "sort=oldest",
        "sort=name",
        "sortBy=name&sortOrder=desc",
        "sortBy=updatedAt",
        "sortOrder=asc",
    ],
)
async def test_cursors_lead_through_the_whole_list_in_its_order(
    nine: httpx2.AsyncClient, asked: str
) -> None:
    whole = (await nine.get(f"/templates?limit=100&{asked}")).json()["templates"]
    assert len(whole) == 9
    rows = await walked(nine, f"/templates?limit=2&{asked}", "templates")
    assert [row["uid"] for row in rows] == [row["uid"] for row in whole]


async def test_what_is_added_meanwhile_shifts_nothing(nine: httpx2.AsyncClient) -> None:
    first = (await nine.get("/templates?limit=4")).json()
    await nine.post("/templates", json={"html": "<p>x", "name": "new"})
    cursor = first["pagination"]["nextCursor"]
    second = (await nine.get("/templates", params={"cursor": cursor, "limit": 4})).json()
    names = [one["name"] for one in first["templates"] + second["templates"]]
    assert names == NAMES[::-1][:8]
    assert second["pagination"]["page"] == 2
    assert second["pagination"]["hasPrev"]


async def test_what_goes_or_comes_meanwhile_leaves_it_clear_whether_there_is_more(
    nine: httpx2.AsyncClient,
) -> None:
    first = (await nine.get("/templates?limit=4")).json()
    cursor = {"cursor": first["pagination"]["nextCursor"], "limit": 4}
    for one in first["templates"]:
        await nine.delete(f"/templates/{one['uid']}")
    second = (await nine.get("/templates", params=cursor)).json()["pagination"]
    assert (second["hasNext"], "nextCursor" in second) == (True, True)
    for _ in range(8):
        await nine.post("/templates", json={"html": "<p>x", "name": "new"})
    cursor["cursor"] = second["nextCursor"]
    third = (await nine.get("/templates", params=cursor)).json()["pagination"]
    assert (third["hasNext"], "nextCursor" in third) == (False, False)


async def test_cursors_lead_past_the_longest_names(client: httpx2.AsyncClient) -> None:
    for name in ("🦜" * 200, "\x01" * 200, "ж" * 200):
        await client.post("/templates", json={"html": "<p>x", "name": name})
    rows = await walked(client, "/templates?limit=1&sortBy=name&sortOrder=desc", "templates")
    assert [row["name"][0] for row in rows] == ["🦜", "ж", "\x01"]


async def test_renders_go_on_behind_their_cursor(client: httpx2.AsyncClient) -> None:
    for size in (10, 11, 12):
        await client.post("/image", json={"html": "<p>x", "width": size, "height": 10})
    for path, member in (("/image", "images"), ("/render", "renders")):
        rows = await walked(client, f"{path}?limit=1", member)
        assert [row["width"] for row in rows] == [12, 11, 10]
        rows = await walked(client, f"{path}?limit=1&sort=oldest", member)
        assert [row["width"] for row in rows] == [10, 11, 12]


async def test_versions_go_on_behind_their_cursor_or_by_pages(client: httpx2.AsyncClient) -> None:
    made = await client.post("/templates", json={"html": "<p>x", "name": "one"})
    uid = made.json()["template"]["uid"]
    for number in range(2, 8):
        await client.put(f"/templates/{uid}", json={"name": f"name {number}"})
    path = f"/templates/{uid}/versions"
    whole = (await client.get(path)).json()
    assert [row["version"] for row in whole["versions"]] == [7, 6, 5, 4, 3, 2, 1]
    assert (whole["pagination"]["total"], whole["pagination"]["hasNext"]) == (7, False)
    for asked, numbers in (("", [7, 6, 5, 4, 3, 2, 1]), ("&sort=oldest", [1, 2, 3, 4, 5, 6, 7])):
        rows = await walked(client, f"{path}?limit=2{asked}", "versions")
        assert [row["version"] for row in rows] == numbers
    third = (await client.get(f"{path}?limit=3&page=3&fields=version")).json()
    assert third["versions"] == [{"version": 1}]
    wrong = await client.get(
        path, params={"cursor": forged("VersionsQuery", "createdAt", True, *[2**40] * 2, 0)}
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "cursor")


async def test_fields_choose_what_entries_have(nine: httpx2.AsyncClient) -> None:
    answer = (await nine.get("/templates?fields=uid,%20name&limit=3")).json()
    assert [set(one) for one in answer["templates"]] == [{"uid", "name"}] * 3
    assert answer["pagination"]["total"] == 9


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("fields=uid,nmae", "fields"),
        ("sort=size", "sort"),
        ("sortBy=size", "sortBy"),
        ("sortOrder=up", "sortOrder"),
        ("cursor=", "cursor"),
        ("cursor=abc", "cursor"),
        ("cursor=%00%ff", "cursor"),
        ("cursor=" + "A" * 1000, "cursor"),
        ("cursor=" + "A" * 3000, "cursor"),
    ],
)
async def test_A13_a_query_that_makes_no_sense_is_400_and_names_the_field(
    client: httpx2.AsyncClient, query: str, field: str
) -> None:
    made = await client.post("/templates", json={"html": "<p>x", "name": "one"})
    versions = f"/templates/{made.json()['template']['uid']}/versions"
    for path in ("/templates", "/image", "/render", versions):
        answer = await client.get(f"{path}?{query}")
        assert answer.status_code == 400, (path, answer.text)
        assert answer.json()["errors"][0]["field"] == field


def forged(*told: Any) -> str:
    """A cursor that checks out, and was never given to anybody."""
    return packed(told)


def packed(told: Any) -> str:
    data = json.dumps(told).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()[:8] + data).decode().rstrip("=")


FORGED = [
    ("ListQuery", "createdAt", True, "text", "id", 0),
    ("ListQuery", "createdAt", True, 2**70, "id", 0),
    ("ListQuery", "createdAt", True, None, "id", 0),
    ("ListQuery", "createdAt", True, 1, 5, 0),
    ("ListQuery", "name", False, "a\x00b", "id", 0),
    ("ListQuery", "name", False, "\ud800", "id", 0),
    ("ListQuery", "name", False, {"$gt": ""}, "id", 0),
    ("ListQuery", "html", False, "a", "id", 0),
    ("WindowQuery", "createdAt", True, 1, "id", 0),
    ("ListQuery", "createdAt", True, 1, "id", "x"),
    ("ListQuery", "createdAt", True, 1, "id", -5),
    ("ListQuery", "createdAt", 1, 1, "id", 0),
    ("ListQuery",),
    ({},),
]


@pytest.mark.parametrize("told", FORGED, ids=str)
async def test_A13_a_forged_cursor_is_400_whatever_it_holds(
    client: httpx2.AsyncClient, told: tuple[Any, ...]
) -> None:
    answer = await client.get("/templates", params={"cursor": forged(*told)})
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize("told", [5, None, "a", {}, [1, 2]], ids=str)
async def test_A13_a_cursor_that_is_no_list_is_400(client: httpx2.AsyncClient, told: Any) -> None:
    answer = await client.get("/templates", params={"cursor": packed(told)})
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["field"] == "cursor"


async def test_A13_a_tampered_cursor_and_one_that_is_contradicted_are_400(
    nine: httpx2.AsyncClient,
) -> None:
    cursor = (await nine.get("/templates?limit=2")).json()["pagination"]["nextCursor"]
    middle = len(cursor) // 2
    tampered = cursor[:middle] + ("A" if cursor[middle] != "A" else "B") + cursor[middle + 1 :]
    for sent in (
        {"cursor": tampered},
        {"cursor": cursor[:-4]},
        {"cursor": cursor, "page": 2},
        {"cursor": cursor, "sort": "name"},
    ):
        answer = await nine.get("/templates", params=sent)
        assert answer.status_code == 400, sent
        assert answer.json()["errors"][0]["field"] == "cursor"
    assert (await nine.get("/image", params={"cursor": cursor})).status_code == 400


async def test_a_cursor_opens_no_other_workspace(nine: httpx2.AsyncClient, house: Any) -> None:
    cursor = (await nine.get("/templates?limit=2")).json()["pagination"]["nextCursor"]
    _, key = await house.workspaces.create_key((await house.workspaces.create("other")).id)
    headers = {"Authorization": f"Bearer {key}"}
    answer = (await nine.get("/templates", params={"cursor": cursor}, headers=headers)).json()
    assert answer["templates"] == []


def test_every_route_with_pages_has_the_mechanism() -> None:
    paged = [
        route
        for route in all_routes()
        if route.method == "GET" and route.answer and "pagination" in route.answer.model_fields
    ]
    assert len(paged) >= 9
    for route in paged:
        assert route.query is not None, route.path
        assert issubclass(route.query, Listing), route.path
