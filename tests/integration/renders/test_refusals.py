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
