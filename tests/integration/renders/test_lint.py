"""A design is checked before the campaign goes out, and a warning may stop a render."""

from typing import Any

import httpx2
import pytest

NARROW: dict[str, Any] = {
    "name": "Narrow",
    "html": "<style>body{margin:0;font:16px Inter}h1{width:180px;height:22px;overflow:hidden;margin:0;"
    "font-size:16px}</style><h1>{{ title }}</h1>",
    "width": 200,
    "height": 100,
    "variableDefinitions": [
        {"name": "title", "type": "text", "defaultValue": "Short", "validation": {"maxLength": 90}}
    ],
}
ROOMY = NARROW | {
    "html": "<style>body{margin:0;font:16px Inter}p{overflow-wrap:anywhere;margin:0}</style><p>{{ title }}",
    "width": 600,
    "height": 200,
}


async def stored(client: httpx2.AsyncClient, body: dict[str, Any]) -> str:
    answer = await client.post("/templates", json=body)
    return str(answer.json()["template"]["uid"])


async def test_extremes_show_where_a_design_breaks(client: httpx2.AsyncClient) -> None:
    uid = await stored(client, NARROW)
    answer = await client.post(f"/templates/{uid}/lint", json={})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    cases = {case["name"]: case for case in body["cases"]}
    assert list(cases) == [
        "typical", "longest", "unbroken", "empty", "right_to_left", "emoji", "cjk"
    ]  # fmt: skip
    assert cases["typical"]["warnings"] == []
    assert cases["longest"]["warnings"][0]["code"] == "text_clipped"
    assert cases["longest"]["warnings"][0]["variable"] == "title"
    assert len(cases["longest"]["variables"]["title"]) in range(80, 91)
    assert body["ok"] is False
    assert body["counts"]["text_clipped"] >= 2


async def test_a_design_with_room_is_told_to_be_fine(client: httpx2.AsyncClient) -> None:
    uid = await stored(client, ROOMY)
    body = (await client.post(f"/templates/{uid}/lint", json={})).json()
    assert [case for case in body["cases"] if case["warnings"]] == []
    assert body["ok"] is True


async def test_given_data_are_looked_at_alone_and_as_a_picture(client: httpx2.AsyncClient) -> None:
    uid = await stored(client, NARROW)
    sent = {"variables": {"title": "word " * 16}, "extremes": False, "pictures": True}
    (case,) = (await client.post(f"/templates/{uid}/lint", json=sent)).json()["cases"]
    assert case["name"] == "given"
    assert [one["code"] for one in case["warnings"]] == ["text_clipped"]
    assert case["dataUrl"].startswith("data:image/jpeg;base64,/9j/")


async def test_contrast_belongs_to_the_check_alone(client: httpx2.AsyncClient) -> None:
    faint = ROOMY | {"html": "<p style='color:#bbb;overflow-wrap:anywhere;margin:0'>{{ title }}"}
    uid = await stored(client, faint)
    body = (await client.post(f"/templates/{uid}/lint", json={"extremes": False})).json()
    assert body["counts"] == {"low_contrast": 1}
    done = await client.post(f"/templates/{uid}/render", json={"variables": {}})
    assert done.json()["results"][0]["warnings"] == []


async def test_a_warning_that_is_refused_keeps_nothing(client: httpx2.AsyncClient) -> None:
    uid = await stored(client, NARROW)
    sent = {"variables": {"title": "word " * 16}, "failOnWarnings": ["text_clipped"]}
    answer = await client.post(f"/templates/{uid}/render", json=sent)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "warnings_refused"
    assert answer.json()["errors"][0]["field"] == "variables.title"
    assert (await client.get("/image")).json()["images"] == []
    fits = sent | {"variables": {"title": "fits"}}
    assert (await client.post(f"/templates/{uid}/render", json=fits)).status_code == 200


@pytest.mark.parametrize("code", ["text_cliped", "nonsense"])
async def test_an_unknown_code_is_refused_with_what_was_meant(
    client: httpx2.AsyncClient, code: str
) -> None:
    sent = {"html": "<p>x", "failOnWarnings": [code]}
    answer = await client.post("/image", json=sent)
    assert answer.status_code == 400
    assert "text_clipped" in answer.json()["detail"]


async def test_a_warning_is_refused_in_a_repeated_render_too(client: httpx2.AsyncClient) -> None:
    uid = await stored(client, NARROW)
    sent: dict[str, Any] = {"variables": {"title": "word " * 16}}
    first = await client.post(f"/templates/{uid}/render", json=sent)
    assert first.json()["results"][0]["warnings"] != []
    refused = await client.post(
        f"/templates/{uid}/render", json=sent | {"failOnWarnings": ["text_clipped"]}
    )
    assert refused.status_code == 422, refused.text
    assert len((await client.get("/image")).json()["images"]) == 1
