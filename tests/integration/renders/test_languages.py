"""Handlebars and partials over HTTP: recognised, stored, pinned, drawn."""

import io
from typing import Any

import httpx2
import pytest
from PIL import Image


async def stored(client: httpx2.AsyncClient, html: str, **more: Any) -> dict[str, Any]:
    answer = await client.post("/templates", json={"html": html, "width": 8, "height": 8} | more)
    assert answer.status_code == 201, answer.text
    return answer.json()["template"]


async def colour(client: httpx2.AsyncClient, uid: str, **variables: Any) -> tuple[int, ...]:
    body = {"variables": variables}
    answer = await client.post(f"/templates/{uid}/render?response=binary", json=body)
    assert answer.status_code == 200, answer.text
    pixel = Image.open(io.BytesIO(answer.content)).convert("RGB").getpixel((4, 4))
    assert isinstance(pixel, tuple)
    return tuple(round(one) for one in pixel)


BODY = "<body style='margin:0;background:%s'>"


async def test_handlebars_is_recognised_without_a_flag(client: httpx2.AsyncClient) -> None:
    source = BODY % "{{#if (eq tone 'hot')}}{{hot}}{{else}}#00f{{/if}}"
    made = await stored(
        client, source + "{{#each lines}}{{name}} {{currency price 'EUR'}}{{/each}}"
    )
    assert made["syntax"] == "auto"
    kinds = {one["name"]: one["type"] for one in made["variableDefinitions"]}
    assert kinds == {"tone": "string", "hot": "color", "lines": "array"}
    lines = [{"name": "a", "price": "9.5"}]
    assert await colour(client, made["uid"], tone="hot", hot="#f00", lines=lines) == (255, 0, 0)
    assert await colour(client, made["uid"], tone="cold") == (0, 0, 255)


async def test_a_preview_reads_handlebars_too(client: httpx2.AsyncClient) -> None:
    body = {"html": "{{#each list}}{{this}}{{/each}", "width": 10, "height": 10}
    answer = await client.post("/templates/preview", json=body)
    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["code"], problem["line"], problem["column"]) == ("template_syntax_error", 1, 23)


@pytest.mark.parametrize(
    ("include", "inner", "outer"),
    [
        ("{% include 'ground' %}", "{{ tone }}", "{% set x = 1 %}"),
        ("{{> ground}}", "{{#if tone}}{{tone}}{{/if}}", "{{#if x}}{{/if}}"),
    ],
)
async def test_what_is_included_is_pinned_with_the_version(
    client: httpx2.AsyncClient, include: str, inner: str, outer: str
) -> None:
    ground = await stored(client, BODY % inner, name="ground")
    page = await stored(client, outer + include)
    assert "tone" in page["variables"]
    assert await colour(client, page["uid"], tone="#f00") == (255, 0, 0)
    await client.put(f"/templates/{ground['uid']}", json={"html": BODY % "#0f0"})
    assert await colour(client, page["uid"], tone="#f00") == (255, 0, 0)
    answer = await client.put(f"/templates/{page['uid']}", json={"note": "takes the new ground"})
    assert "tone" not in answer.json()["template"]["variables"]
    assert await colour(client, page["uid"]) == (0, 255, 0)
    assert (await client.delete(f"/templates/{ground['uid']}")).status_code == 200
    assert await colour(client, page["uid"]) == (0, 255, 0)


async def test_an_unknown_partial_is_refused_with_the_nearest(client: httpx2.AsyncClient) -> None:
    await stored(client, "x", name="header")
    answer = await client.post("/templates", json={"html": "{% include 'haeder' %}"})
    assert answer.status_code == 422
    assert (answer.json()["code"], answer.json()["suggestion"]) == ("partial_not_found", "header")
    await stored(client, "y", name="header")
    answer = await client.post("/templates", json={"html": "{{> header}}"})
    assert "2 templates are called 'header'" in answer.json()["detail"]


async def test_a_fault_in_a_partial_is_told_with_its_own_line(client: httpx2.AsyncClient) -> None:
    await stored(client, "fine\n{{ 1 / count }}", name="part")
    page = await stored(client, "a\nb\n\n{% include 'part' %}")
    answer = await client.post(f"/templates/{page['uid']}/render", json={"variables": {"count": 0}})
    assert answer.status_code == 422
    assert (answer.json()["line"], answer.json()["snippet"]) == (2, "{{ 1 / count }}")
