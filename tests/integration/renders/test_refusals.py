"""What a render refuses names its member, and what it does not mind it takes."""

from typing import Any

import httpx2
import pytest


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/image", {"url": "http://127.0.0.1:1/"}, "url"),
        ("/image", {"html": "{% if %}", "variables": {"a": 1}}, "html"),
    ],
)
async def test_what_a_source_causes_names_its_field(
    client: httpx2.AsyncClient, path: str, body: dict[str, Any], field: str
) -> None:
    answer = await client.post(path, json=body)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_null_variables_are_none(client: httpx2.AsyncClient) -> None:
    body = {"html": "<p>x", "variables": None, "width": 20, "height": 20}
    assert (await client.post("/image", json=body)).status_code == 200


async def test_a_selector_that_never_comes_is_named_by_the_timeout(
    client: httpx2.AsyncClient,
) -> None:
    body = {"html": "<p>x", "waitForSelector": "#never", "timeout": 800}
    answer = await client.post("/image", json=body)
    assert answer.status_code == 504
    assert "#never" in answer.json()["detail"]
    assert answer.json()["errors"][0]["field"] == "waitForSelector"


@pytest.mark.parametrize(
    ("source", "field"),
    [
        ("<p>{{ nothing }}</p>", "variables.nothing"),
        ("{{#if yes}}{{user.name}}{{/if}}", "variables.user.name"),
        ("<p>{{ user.name }}</p>", "variables"),
    ],
)
async def test_T05_an_undefined_variable_is_named_as_the_field(
    client: httpx2.AsyncClient, source: str, field: str
) -> None:
    template = {"html": source, "width": 16, "height": 16, "strictVariables": True}
    uid = (await client.post("/templates", json=template)).json()["template"]["uid"]
    sent = {"variables": {"yes": True, "user": {"age": 3}}}
    if "nothing" in source:
        sent = {"variables": {}}
    elif "{{#" not in source:
        del sent["variables"]["yes"]
    answer = (await client.post(f"/templates/{uid}/render", json=sent)).json()
    assert (answer["code"], answer["errors"][0]["field"]) == ("UNDEFINED_VARIABLE", field)


async def test_T05_of_many_sets_the_one_without_the_value_is_named(
    client: httpx2.AsyncClient,
) -> None:
    template = {"html": "<p>{{ name }}</p>", "strictVariables": True}
    uid = (await client.post("/templates", json=template)).json()["template"]["uid"]
    body = {"templateUid": uid, "variableSets": [{"name": "a"}, {}]}
    answer = (await client.post("/pdf/multi-page", json=body)).json()
    assert answer["errors"][0]["field"] == "variableSets[1].name"
