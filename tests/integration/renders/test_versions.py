"""A template's history over HTTP: two editors at once, roll-back, pins, and what differs."""

import asyncio
import base64
import io
from typing import Any

import httpx2
import pytest
from PIL import Image
from sqlalchemy import func, select

from core.models import blobs
from tests.integration.renders.conftest import House

SOURCE = (
    "<style>body{margin:0;background:#fff}div{width:8px;height:8px;background:{{ tone }}}</style>\n"
)
BOX: dict[str, Any] = {
    "html": SOURCE + "<div></div>\n",
    "width": 40,
    "height": 20,
    "variableDefinitions": [{"name": "tone", "type": "color", "defaultValue": "#00f"}],
}


async def stored(client: httpx2.AsyncClient, **changes: Any) -> str:
    answer = await client.post("/templates", json=BOX | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()["template"]["uid"]


async def drawn(client: httpx2.AsyncClient, uid: str, **body: Any) -> tuple[int, ...]:
    """The colour of the first pixel."""
    answer = await client.post(f"/templates/{uid}/render?response=binary", json=body)
    assert answer.status_code == 200, answer.text
    pixel = Image.open(io.BytesIO(answer.content)).convert("RGB").getpixel((2, 2))
    assert isinstance(pixel, tuple)
    return tuple(round(one) for one in pixel)


async def test_of_two_editors_one_wins_and_the_other_hears_of_it(
    client: httpx2.AsyncClient,
) -> None:
    path = f"/templates/{await stored(client)}"
    for known in range(1, 4):
        saved = await asyncio.gather(
            *(
                client.put(path, json={"html": name}, headers={"If-Match": f'"{known}"'})
                for name in ("Ada", "Ben", "Eve")
            )
        )
        assert sorted(answer.status_code for answer in saved) == [200, 409, 409]
        (won,) = [answer for answer in saved if answer.status_code == 200]
        assert won.headers["etag"] == f'"{known + 1}"'
        for lost in saved:
            assert lost is won or lost.json()["currentVersion"] == known + 1
        now = (await client.get(path)).json()["template"]
        assert now["html"] == won.json()["template"]["html"]


async def test_of_two_who_publish_one_wins(client: httpx2.AsyncClient) -> None:
    path = f"/templates/{await stored(client, draft=True)}"
    await client.put(path, json={"html": "two", "draft": True})
    for known in (0, None):
        tries = await asyncio.gather(
            *(
                client.post(
                    f"{path}/versions/{number}/publish",
                    json={} if known is None else {"expectedPublishedVersion": known},
                )
                for number in (1, 2)
            )
        )
        codes = sorted(answer.status_code for answer in tries)
        assert codes in ([[200, 409]] if known == 0 else [[200, 200], [200, 409]])
    published = (await client.get(path)).json()["template"]["publishedVersion"]
    moved = await client.post(
        f"{path}/versions/1/publish", json={"expectedPublishedVersion": 3 - published}
    )
    assert moved.status_code == 409
    assert moved.json()["publishedVersion"] == published


async def test_an_edit_changes_nothing_that_is_pinned_or_not_yet_published(
    client: httpx2.AsyncClient,
) -> None:
    uid = await stored(client)
    green = {"html": SOURCE.replace("{{ tone }}", "#0f0") + "<div></div>", "note": "green"}
    await client.put(f"/templates/{uid}", json=green | {"draft": True})
    assert await drawn(client, uid) == (0, 0, 255)
    assert await drawn(client, uid, version="draft") == (0, 255, 0)
    assert (await client.post(f"/templates/{uid}/versions/2/publish")).status_code == 200
    assert await drawn(client, uid) == (0, 255, 0)
    assert await drawn(client, uid, version=1) == (0, 0, 255)
    assert (await client.post(f"/templates/{uid}/versions/1/publish")).status_code == 200
    assert await drawn(client, uid) == (0, 0, 255)
    back = await client.post(f"/templates/{uid}/versions/1/restore")
    assert back.json()["template"]["version"] == 3
    history = (await client.get(f"/templates/{uid}/versions")).json()["versions"]
    assert [row["note"] for row in history] == ["restored from version 1", "green", ""]
    assert history[0]["digest"] == history[2]["digest"] != history[1]["digest"]
    assert len({row["author"] for row in history}) == 1
    assert all(row["createdAt"].endswith("Z") for row in history)


async def test_a_diff_tells_sources_variables_and_settings(client: httpx2.AsyncClient) -> None:
    uid = await stored(client, layouts={"story": {"width": 9, "height": 16, "html": "<p>\n"}})
    change = {
        "html": SOURCE + "<div>{{ title }}</div>\n",
        "width": 60,
        "variableDefinitions": [{"name": "tone", "type": "color", "defaultValue": "#f00"}],
        "layouts": {"story": {"width": 9, "height": 16, "html": "<b>\n"}},
        "strictVariables": True,
    }
    assert (await client.put(f"/templates/{uid}", json=change)).status_code == 200
    answer = await client.get(f"/templates/{uid}/versions/1/diff/2")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["before"]["version"], told["after"]["version"], told["same"]) == (1, 2, False)
    assert told["source"]["unified"] == (
        "--- version 1\n+++ version 2\n@@ -1,3 +1,3 @@\n "
        + SOURCE.strip()
        + "\n-<div></div>\n+<div>{{ title }}</div>\n \n"
    )
    ops = [line["op"] for line in told["source"]["hunks"][0]["lines"]]
    assert ops == ["same", "removed", "added", "same"]
    assert [one["name"] for one in told["variables"]["added"]] == ["title"]
    assert told["variables"]["changed"] == [
        {
            "name": "tone",
            "changes": [{"field": "defaultValue", "before": "#00f", "after": "#f00"}],
        }
    ]
    assert told["settings"] == [
        {"field": "width", "before": 40, "after": 60},
        {"field": "strictVariables", "before": False, "after": True},
    ]
    (layout,) = told["layouts"]
    assert (layout["layout"], layout["change"], layout["source"]["added"]) == (
        "story",
        "changed",
        1,
    )
    assert "pictures" not in told
    same = (await client.get(f"/templates/{uid}/versions/2/diff/2")).json()
    assert (same["same"], same["source"]["unified"], same["settings"]) == (True, "", [])
    assert (await client.get(f"/templates/{uid}/versions/2/diff/9")).status_code == 404
    assert (await client.get(f"/templates/{uid}/versions/x/diff/1")).status_code == 404


async def test_a_diff_draws_both_and_marks_what_differs(
    client: httpx2.AsyncClient, house: House
) -> None:
    uid = await stored(client)
    await client.put(f"/templates/{uid}", json={"html": SOURCE + "<div style='margin: 2px 4px'>"})
    path = f"/templates/{uid}/versions/1/diff/2?pictures=true"
    pictures = (await client.get(path)).json()["pictures"]
    assert pictures["variables"] == {"tone": "#00f"}
    assert pictures["box"] == [0, 0, 12, 10]
    assert pictures["changedPixels"] == 2 * (64 - 4 * 6)
    assert pictures["changedShare"] == 80 / 800
    before, after, marked = [
        Image.open(io.BytesIO((await client.get(pictures[name]["url"])).content)).convert("RGB")
        for name in ("before", "after", "marked")
    ]
    assert before.size == after.size == marked.size == (40, 20)
    assert (before.getpixel((1, 1)), after.getpixel((1, 1))) == ((0, 0, 255), (255, 255, 255))
    assert marked.getpixel((1, 1)) == marked.getpixel((10, 8)) == (230, 0, 126)
    assert marked.getpixel((30, 15)) == (255, 255, 255)
    counts = await house.counts()
    assert counts["renders"] == 0
    inline = await client.get(f'{path}&response=base64&variables={{"tone":"red"}}')
    told = inline.json()["pictures"]
    assert told["variables"] == {"tone": "red"}
    assert base64.b64decode(told["before"]["base64"]).startswith(b"\x89PNG")
    assert (await house.counts())["artifacts"] == counts["artifacts"] == 3
    broken = await client.get(f"{path}&variables=[1")
    assert broken.status_code == 400
    assert broken.json()["errors"][0]["field"] == "variables"


@pytest.mark.parametrize("large", [False, True])
async def test_a_thousand_versions_cost_what_changed(
    client: httpx2.AsyncClient, house: House, large: bool
) -> None:
    lines = [f"<p>{number} {'lorem ipsum ' * 6}</p>" for number in range(1000 if large else 60)]
    uid = await stored(client, html="\n".join(lines))

    async def kept() -> int:
        async with house.db.read() as conn:
            return (await conn.execute(select(func.sum(blobs.c.size)))).scalar_one()

    first, whole = await kept(), len("\n".join(lines))
    edits = 8
    for number in range(edits):
        lines[number * 7] = f"<p>edited {number}</p>"
        answer = await client.put(f"/templates/{uid}", json={"html": "\n".join(lines)})
        assert answer.status_code == 200
        await client.put(f"/templates/{uid}", json={"width": 100 + number})
    assert (await kept()) - first < edits * (12_000 if large else whole + 1)
    read = (await client.get(f"/templates/{uid}")).json()["template"]
    assert read["html"] == "\n".join(lines)
