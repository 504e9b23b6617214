from typing import Any

import httpx2
import pytest

from api.routes import template_versions, templates
from tests.integration.api.conftest import Entrance

CARD: dict[str, Any] = {
    "name": "Card",
    "html": "<h1>{{ title }}</h1>{% for item in items %}{{ item.price | currency('USD') }}{% endfor %}",
    "width": 1200,
    "height": 630,
    "tags": ["social", "og"],
    "variableDefinitions": [
        {"name": "title", "type": "text", "validation": {"required": True, "maxLength": 60}}
    ],
    "layouts": {"story": {"width": 1080, "height": 1920, "name": "Story"}},
}


async def stored(client: httpx2.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await client.post("/templates", json=CARD | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()["template"]


async def test_a_stored_template_comes_back_as_it_was_sent(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/templates", json=CARD)
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    made = answer.json()
    assert made["addedVariables"] == ["items"]
    read = (await client.get(f"/v1/templates/{made['template']['uid']}")).json()["template"]
    assert read == made["template"]
    for name in ("name", "html", "width", "height", "tags"):
        assert read[name] == CARD[name]
    assert read["engine"] == "html"
    assert read["outputFormat"] == "image"
    assert read["variables"] == ["title", "items"]
    assert read["version"] == read["publishedVersion"] == 1
    assert read["layouts"] == CARD["layouts"]
    assert read["jsEnabled"] is None
    assert read["variableDefinitions"][0] == {
        "name": "title",
        "type": "text",
        "description": "",
        "required": True,
        "validation": {"required": True, "maxLength": 60},
        "allowRawHtml": False,
    }


async def test_an_update_is_partial_and_a_new_version(client: httpx2.AsyncClient) -> None:
    uid = (await stored(client))["uid"]
    answer = await client.put(f"/templates/{uid}", json={"html": "<p>{{ title }}{{ more }}</p>"})
    assert answer.status_code == 200
    assert answer.json()["addedVariables"] == ["more"]
    changed = answer.json()["template"]
    assert (changed["version"], changed["publishedVersion"]) == (2, 2)
    assert changed["name"] == "Card"
    assert changed["width"] == 1200
    assert changed["variables"] == ["title", "more"]
    old = (await client.get(f"/templates/{uid}", params={"version": 1})).json()["template"]
    assert old["html"] == CARD["html"]
    assert (await client.get(f"/templates/{uid}?version=9")).status_code == 404


async def test_a_draft_is_published_only_when_somebody_says_so(client: httpx2.AsyncClient) -> None:
    uid = (await stored(client))["uid"]
    await client.put(f"/templates/{uid}", json={"html": "draft", "draft": True})
    shown = (await client.get(f"/templates/{uid}")).json()["template"]
    assert (shown["version"], shown["latestVersion"]) == (1, 2)
    draft = (await client.get(f"/templates/{uid}?version=draft")).json()["template"]
    assert draft["html"] == "draft"
    path = f"/templates/{uid}/versions"
    wrong = await client.post(f"{path}/2/publish", json={"expectedPublishedVersion": 2})
    assert wrong.status_code == 409
    right = await client.post(f"{path}/2/publish", json={"expectedPublishedVersion": 1})
    assert right.json()["template"]["html"] == "draft"
    back = await client.post(f"{path}/1/restore")
    assert back.json()["template"]["html"] == CARD["html"]
    assert [row["version"] for row in (await client.get(path)).json()["versions"]] == [3, 2, 1]


async def test_if_match_refuses_a_lost_update(client: httpx2.AsyncClient) -> None:
    made = await stored(client)
    path = f"/templates/{made['uid']}"
    first = await client.put(path, json={"name": "A"}, headers={"If-Match": '"1"'})
    assert first.headers["etag"] == '"2"'
    late = await client.put(path, json={"name": "B"}, headers={"If-Match": '"1"'})
    assert late.status_code == 409
    assert late.json()["currentVersion"] == 2
    assert (await client.get(path)).json()["template"]["name"] == "A"
    assert (await client.put(path, json={}, headers={"If-Match": "x"})).status_code == 400


async def test_a_deleted_template_is_gone(client: httpx2.AsyncClient) -> None:
    uid = (await stored(client))["uid"]
    answer = await client.delete(f"/templates/{uid}")
    assert answer.status_code == 200
    assert answer.json()["deleted"] is True
    for again in (client.get, client.delete):
        assert (await again(f"/templates/{uid}")).status_code == 404
    assert (await client.get("/templates")).json()["pagination"]["total"] == 0


async def test_lists_are_paged_filtered_and_sorted(client: httpx2.AsyncClient) -> None:
    for index in range(5):
        await stored(client, name=f"Card {index}", tags=["odd" if index % 2 else "even"])
    await stored(client, name="100% Invoice_", outputFormat="pdf", pdfPreset="a4-landscape")

    async def names(**params: Any) -> list[str]:
        answer = (await client.get("/templates", params=params)).json()
        assert all("html" not in item for item in answer["templates"])
        return [item["name"] for item in answer["templates"]]

    assert await names(sort="oldest", limit=2, page=2) == ["Card 2", "Card 3"]
    assert await names(outputFormat="pdf") == ["100% Invoice_"]
    assert await names(outputFormat="all", sort="name") == ["100% Invoice_"] + [
        f"Card {index}" for index in range(5)
    ]
    up = await names(sortBy="createdAt", sortOrder="asc", limit=3)
    assert up == ["Card 0", "Card 1", "Card 2"]
    assert (await names(sortBy="name", sortOrder="desc"))[0] == "Card 4"
    assert (await names(sortBy="updatedAt"))[0] == "100% Invoice_"
    assert await names(tag="odd") == ["Card 3", "Card 1"]
    assert await names(q="CARD 4") == ["Card 4"]
    assert await names(q="100%") == ["100% Invoice_"]
    assert await names(q="_", tag="") == ["100% Invoice_"]
    page = (await client.get("/templates?limit=4")).json()["pagination"]
    assert page.pop("nextCursor")
    assert page == {
        "page": 1,
        "limit": 4,
        "total": 6,
        "totalPages": 2,
        "hasNext": True,
        "hasPrev": False,
    }
    assert (await client.get("/templates/search?search=invoice")).json()["pagination"]["total"] == 1


@pytest.mark.parametrize("q", ["über", "ÜBER", "éTé"])
async def test_a_search_knows_the_capitals_of_every_alphabet(
    client: httpx2.AsyncClient, q: str
) -> None:
    await stored(client, name="Überweisung", description="ÉTÉ")
    found = (await client.get("/templates", params={"q": q})).json()["templates"]
    assert [one["name"] for one in found] == ["Überweisung"]


@pytest.mark.parametrize("query", ["limit=1000000000", "limit=-1", "page=0", "sort=x", "page=x"])
async def test_A13_a_tampered_window_is_refused(client: httpx2.AsyncClient, query: str) -> None:
    answer = await client.get(f"/templates?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


async def test_variables_come_as_definitions_or_as_a_schema(client: httpx2.AsyncClient) -> None:
    uid = (await stored(client))["uid"]
    answer = (await client.get(f"/templates/{uid}/variables")).json()
    assert answer["templateUid"] == uid
    assert [item["name"] for item in answer["variables"]] == ["title", "items"]
    assert answer["variables"][0]["required"] is True
    assert answer["samples"].keys() == {"title", "items"}
    schema = (await client.get(f"/templates/{uid}/variables?schema=json")).json()
    assert schema["required"] == ["title"]
    assert schema["properties"]["title"]["maxLength"] == 60


async def test_variables_can_be_sent_as_the_schema_that_was_read(
    client: httpx2.AsyncClient,
) -> None:
    lines = {
        "name": "items",
        "type": "array",
        "validation": {"schema": {"items": {"required": ["price"]}}},
    }
    first = await stored(client, variableDefinitions=[*CARD["variableDefinitions"], lines])
    schema = (await client.get(f"/templates/{first['uid']}/variables?schema=json")).json()
    body = {name: CARD[name] for name in ("html", "name")} | {"variableSchema": schema}
    second = (await client.post("/templates", json=body)).json()["template"]
    assert second["variableDefinitions"] == first["variableDefinitions"]
    assert second["variableDefinitions"][1]["validation"] == lines["validation"]
    both = await client.post("/templates", json=CARD | {"variableSchema": schema})
    assert both.json()["errors"][0]["field"] == "variableSchema"
    schema["properties"]["title"]["$ref"] = "http://127.0.0.1/"
    refused = await client.post("/templates", json=body)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "variableSchema.properties.title.$ref"


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"html": None}, "html", "required"),
        ({"fabricJSData": {}}, "html", "exactly_one"),
        ({"engine": "fabric"}, "html", "exactly_one"),
        ({"html": None, "fabricJSData": []}, "fabricJSData", "wrong_type"),
        (
            {"layouts": {"story": {"width": 9, "height": 9, "fabricJSData": {}}}},
            "html",
            "exactly_one",
        ),
        ({"width": 0}, "width", "out_of_range"),
        ({"width": True}, "width", "invalid"),
        ({"width": "wide"}, "width", "wrong_type"),
        ({"outputFormat": "tiff"}, "outputFormat", "not_allowed"),
        ({"pdfPreset": "B7"}, "pdfPreset", "invalid"),
        ({"layouts": {"Story": {"width": 1, "height": 1}}}, "layouts.Story", "pattern_mismatch"),
        ({"layouts": {"default": {"width": 9, "height": 9}}}, "layouts.default", "reserved"),
        (
            {"variableDefinitions": [{"name": "a"}, {"name": "a"}]},
            "variableDefinitions.1.name",
            "duplicate",
        ),
        (
            {"variableDefinitions": [{"name": "a", "validation": {"pattern": "("}}]},
            "variableDefinitions.0.validation",
            "invalid_validation",
        ),
        ({"variableDefinitions": [{"type": "text"}]}, "variableDefinitions.0.name", "required"),
        ({"name": "a\0b"}, "name", "invalid"),
    ],
)
async def test_a_wrong_template_is_refused_by_field_and_nothing_is_stored(
    client: httpx2.AsyncClient, change: dict[str, Any], field: str, code: str
) -> None:
    answer = await client.post("/templates", json=CARD | change)
    assert answer.status_code == 400, answer.text
    error = answer.json()["errors"][0]
    assert error["field"].startswith(field)
    assert error["code"] == code
    assert answer.json()["detail"].startswith(error["message"])
    assert (await client.get("/templates")).json()["pagination"]["total"] == 0


async def test_a_stored_template_over_500_kB_is_refused(client: httpx2.AsyncClient) -> None:
    assert (await stored(client, html="x" * 500_000))["version"] == 1
    answer = await client.post("/templates", json=CARD | {"html": "x" * 500_001})
    assert answer.status_code == 413
    assert answer.json()["code"] == "TEMPLATE_TOO_LARGE"
    layouts = {"a": {"width": 9, "height": 9, "html": "é" * 250_001}}
    answer = await client.post("/templates", json=CARD | {"layouts": layouts})
    assert answer.json()["code"] == "TEMPLATE_TOO_LARGE"
    assert (await client.get("/templates")).json()["pagination"]["total"] == 1


async def test_T05_a_broken_source_is_refused_with_its_place(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/templates", json=CARD | {"html": "<p>\n{{ title | upercase }}"})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "template_syntax_error"
    assert problem["line"] == 2
    assert "uppercase" in problem["detail"]
    layouts = {"story": {"width": 9, "height": 9, "html": "{% if %}"}}
    answer = await client.post("/templates", json=CARD | {"layouts": layouts})
    assert answer.status_code == 422
    assert answer.json()["layout"] == "story"
    assert (await client.get("/templates")).json()["pagination"]["total"] == 0


@pytest.mark.parametrize("html", ["", " \n", "<!-- only this -->"])
async def test_P23_an_empty_source_is_a_template(client: httpx2.AsyncClient, html: str) -> None:
    assert (await stored(client, html=html))["html"] == html


@pytest.mark.parametrize(
    "uid",
    ["..%2f..%2fetc", "x" * 3000, "%C3%A9%E2%82%AC", "'%20or%201=1--", "%00", "tpl_%0d%0aX:%20y"],
)
async def test_A14_an_odd_id_is_only_not_found(client: httpx2.AsyncClient, uid: str) -> None:
    answer = await client.get(f"/templates/{uid}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


async def test_another_workspaces_template_is_not_found(entrance: Entrance) -> None:
    app = entrance.app([*templates.ROUTES, *template_versions.ROUTES])
    async with (
        entrance.client(app, await entrance.key("mine")) as mine,
        entrance.client(app, await entrance.key("theirs")) as theirs,
    ):
        uid = (await stored(mine))["uid"]
        for call in (
            theirs.get(f"/templates/{uid}"),
            theirs.put(f"/templates/{uid}", json={"name": "stolen"}),
            theirs.delete(f"/templates/{uid}"),
            theirs.get(f"/templates/{uid}/variables"),
            theirs.get(f"/templates/{uid}/versions"),
            theirs.post(f"/templates/{uid}/versions/1/publish"),
        ):
            assert (await call).status_code == 404
        assert (await theirs.get("/templates")).json()["templates"] == []
        assert (await mine.get(f"/templates/{uid}")).json()["template"]["name"] == "Card"


@pytest.mark.parametrize(
    ("egress", "field"),
    [
        ({"policy": "everything"}, "egress.policy"),
        ({"policy": "allow-list"}, "egress.hosts"),
        ({"policy": "allow-list", "hosts": ["a.test:80"]}, "egress.hosts"),
        ({"policy": "none", "hosts": ["a.test"]}, "egress.hosts"),
    ],
)
async def test_an_egress_policy_that_says_nothing_clear_is_refused_by_its_field(
    client: httpx2.AsyncClient, egress: dict[str, Any], field: str
) -> None:
    answer = await client.post("/templates", json=CARD | {"egress": egress})
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_an_egress_policy_is_part_of_a_version(client: httpx2.AsyncClient) -> None:
    made = await stored(client, egress={"policy": "allow-list", "hosts": ["B.test", "a.test"]})
    assert made["egress"] == {"policy": "allow-list", "hosts": ["a.test", "b.test"]}
    renamed = await client.put(f"/templates/{made['uid']}", json={"name": "Other"})
    assert renamed.json()["template"]["egress"] == made["egress"]
    opened = await client.put(f"/templates/{made['uid']}", json={"egress": None})
    assert opened.json()["template"]["egress"] == {"policy": "public", "hosts": []}
    first = await client.get(f"/templates/{made['uid']}?version=1")
    assert first.json()["template"]["egress"] == made["egress"]
