"""One template in many sizes: composed once, drawn in each, what fails said beside what succeeded."""

import io
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from jobs.size_presets import SIZE_PRESETS
from renderer.jail import Jail
from tests.integration.renders.conftest import House

FIXTURE = Path(__file__).parents[3] / "fixtures" / "any-size"
SHAPES = (
    "<style>body{margin:0;background:#f00}@media(min-aspect-ratio:2){body{background:#00f}}</style>"
)


async def stored(client: httpx2.AsyncClient, **template: Any) -> str:
    answer = await client.post("/templates", json={"width": 64, "height": 64} | template)
    assert answer.status_code == 201, answer.text
    return answer.json()["template"]["uid"]


async def sized(
    client: httpx2.AsyncClient, uid: str, sizes: list[dict[str, Any]], **more: Any
) -> httpx2.Response:
    return await client.post(f"/templates/{uid}/multi-size-render", json={"sizes": sizes} | more)


async def picture(client: httpx2.AsyncClient, result: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO((await client.get(result["url"])).content))


@pytest.fixture
def compositions(house: House, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The source of each composition that the jail was asked for."""
    asked: list[str] = []
    run = Jail.run

    async def noted(jail: Jail, job: str, payload: Any, attachments: Any, **more: Any) -> Any:
        if job == "compose":
            asked.append(attachments[0].decode())
        return await run(jail, job, payload, attachments, **more)

    monkeypatch.setattr(Jail, "run", noted)
    return asked


async def test_all_sizes_of_one_call_share_one_composition(
    client: httpx2.AsyncClient, compositions: list[str]
) -> None:
    uid = await stored(client, html=SHAPES + "{{ title }}")
    sizes = [{"width": 20 + index, "height": 30} for index in range(20)]
    answer = (await sized(client, uid, sizes, variables={"title": "x"})).json()
    assert (answer["totalSizes"], answer["totalRendered"], answer["totalErrors"]) == (20, 20, 0)
    assert [one["width"] for one in answer["results"]] == [20 + index for index in range(20)]
    assert len({one["url"] for one in answer["results"]}) == 20
    assert compositions == [SHAPES + "{{ title }}"]


async def test_layouts_share_it_too_but_for_bodies_of_their_own(
    client: httpx2.AsyncClient, compositions: list[str]
) -> None:
    layouts = {
        "a": {"width": 20, "height": 20},
        "b": {"width": 30, "height": 20},
        "own": {"width": 30, "height": 20, "html": "<p>own {{ title }}"},
    }
    uid = await stored(client, html="<p>base {{ title }}", layouts=layouts)
    body = {"layouts": ["default", "a", "own", "b"], "variables": {"title": "x"}}
    answer = (await client.post(f"/templates/{uid}/render", json=body)).json()
    assert answer["totalRendered"] == 4
    assert sorted(compositions) == ["<p>base {{ title }}", "<p>own {{ title }}"]


async def test_the_page_is_drawn_in_the_shape_of_each_size(client: httpx2.AsyncClient) -> None:
    uid = await stored(client, html=SHAPES)
    sizes = [{"width": 30, "height": 30, "label": "square"}, {"preset": "leaderboard"}]
    answer = (await sized(client, uid, sizes)).json()
    square, banner = answer["results"]
    assert (square["label"], square["name"], square["index"]) == ("square", "square", 0)
    assert "preset" not in square
    assert (banner["label"], banner["preset"], banner["index"]) == ("leaderboard", "leaderboard", 1)
    assert (banner["width"], banner["height"]) == (728, 90)
    assert (await picture(client, square)).convert("RGB").getpixel((15, 15)) == (255, 0, 0)
    assert (await picture(client, banner)).convert("RGB").getpixel((15, 15)) == (0, 0, 255)
    assert answer["url"] == square["url"]


async def test_what_is_wrong_with_one_size_is_that_sizes_entry(client: httpx2.AsyncClient) -> None:
    uid = await stored(client, html="<p>x")
    sizes = [
        {"preset": "instagram-storry"},
        {"width": 20, "height": 20},
        {"width": 20, "height": 5000, "label": "too high"},
    ]
    answer = await sized(client, uid, sizes)
    assert answer.status_code == 200
    first, last = answer.json()["errors"]
    assert (first["index"], first["code"], first["preset"]) == (
        0,
        "unknown_size",
        sizes[0]["preset"],
    )
    assert "instagram-story" in first["error"]
    assert (last["index"], last["label"], last["code"]) == (2, "too high", "validation_error")
    assert "4096" in last["error"]
    assert [one["index"] for one in answer.json()["results"]] == [1]


async def test_what_is_wrong_with_the_template_is_told_once(
    client: httpx2.AsyncClient, compositions: list[str]
) -> None:
    uid = await stored(client, html="{{ price - code }}")
    sizes = [{"width": 20, "height": 20}, {"width": 30, "height": 20}]
    answer = await sized(client, uid, sizes, variables={"price": 2, "code": "no such"})
    assert (answer.status_code, answer.json()["code"]) == (422, "expression_error")
    assert len(compositions) == 1


@pytest.mark.parametrize(
    ("sizes", "field"),
    [
        ([], "sizes"),
        ([{"width": 20, "height": 20}] * 21, "sizes"),
        ([{"width": 4000, "height": 4000}] * 4, "sizes"),
        ([{"width": 20}], "sizes.0"),
        ([{"preset": "banner", "width": 20, "height": 20}], "sizes.0"),
        ([{"width": 20, "height": 9}], "sizes.0.height"),
        ([{"width": True, "height": 20}], "sizes.0.width"),
    ],
)
async def test_a_request_that_makes_no_sense_is_400_and_names_the_field(
    client: httpx2.AsyncClient, sizes: list[dict[str, Any]], field: str
) -> None:
    uid = await stored(client, html="<p>x")
    answer = await sized(client, uid, sizes)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["field"] == field


async def test_bytes_cannot_be_asked_for_and_base64_can(client: httpx2.AsyncClient) -> None:
    uid = await stored(client, html="<p>x")
    path, body = f"/templates/{uid}/multi-size-render", {"sizes": [{"width": 20, "height": 20}]}
    answer = await client.post(path, json=body, headers={"Accept": "image/png"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "sizes")
    answer = await client.post(f"{path}?response=base64", json=body | {"format": "webp"})
    assert answer.json()["results"][0]["base64"].startswith("UklGR")


async def test_the_presets_are_listed(client: httpx2.AsyncClient) -> None:
    presets = (await client.get("/templates/size-presets")).json()["presets"]
    assert set(presets) == set(SIZE_PRESETS)
    assert presets["og-image"]["width"] == 1200
    assert {"social", "display", "email", "web"} == {one["group"] for one in presets.values()}


async def test_the_example_for_any_size_loses_nothing_in_any_preset(
    client: httpx2.AsyncClient,
) -> None:
    """No text is cut, hidden behind the edge or without a font: no warning in any preset."""
    meta = json.loads((FIXTURE / "meta.json").read_text("utf-8"))
    uid = await stored(client, **(meta | {"html": (FIXTURE / "template.html").read_text("utf-8")}))
    data = json.loads((FIXTURE / "variables.json").read_text("utf-8"))
    names = list(SIZE_PRESETS)
    for part in (names[:15], names[15:30], names[30:]):
        sizes = [{"preset": name} for name in part]
        answer = (await sized(client, uid, sizes, variables=data, format="jpg")).json()
        assert answer["errors"] == []
        warned = {one["label"]: one["warnings"] for one in answer["results"] if one["warnings"]}
        assert warned == {}
