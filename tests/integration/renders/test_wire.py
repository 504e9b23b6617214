"""The render routes, each answer held against the OpenAPI document."""

import base64
import io
from typing import Any

import httpx2
import pytest
from PIL import Image
from pypdf import PdfReader

from api.routing import Route
from tests.integration.renders.conftest import PUBLIC, ROUTES, House

RED = "<style>body{margin:0;background:#f00}</style>"
MOVING = (
    "<style>body{margin:0}@keyframes m{to{transform:translateX(20px)}}"
    "div{width:4px;height:4px;background:red;animation:m 400ms linear infinite}</style><div></div>"
)
SMALL: dict[str, Any] = {"html": RED, "width": 16, "height": 8}
CARD: dict[str, Any] = {
    "html": "<style>body{margin:0;background:{{ color }}}</style>{{ title }}",
    "name": "Card",
    "width": 32,
    "height": 16,
    "variableDefinitions": [
        {"name": "title", "type": "text", "validation": {"required": True}},
        {"name": "color", "type": "color", "defaultValue": "#0f0"},
    ],
    "layouts": {"tall": {"width": 16, "height": 48, "name": "Tall"}},
}


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


async def fetched(client: httpx2.AsyncClient, answer: dict[str, Any]) -> httpx2.Response:
    """The artifact, asked for without a key."""
    return await client.get(answer["url"], headers={"Authorization": ""})


async def card(client: httpx2.AsyncClient) -> str:
    answer = await client.post("/templates", json=CARD)
    assert answer.status_code == 201, answer.text
    return answer.json()["template"]["uid"]


@pytest.mark.parametrize(
    ("name", "extension", "kind"),
    [
        ("png", "png", "PNG"),
        ("jpg", "jpg", "JPEG"),
        ("jpeg", "jpg", "JPEG"),
        ("webp", "webp", "WEBP"),
        ("avif", "avif", "AVIF"),
    ],
)
async def test_a_picture_comes_back_by_url_in_the_format_asked_for(
    client: httpx2.AsyncClient, name: str, extension: str, kind: str
) -> None:
    answer = (await client.post("/image", json=SMALL | {"fileExtension": name})).json()
    assert (answer["width"], answer["height"], answer["format"]) == (16, 8, name)
    assert answer["url"].startswith(f"{PUBLIC}/files/")
    assert answer["url"].endswith(f".{extension}")
    file = await fetched(client, answer)
    assert len(file.content) == answer["size"]
    drawn = picture(file.content)
    assert (drawn.format, drawn.size) == (kind, (16, 8))
    red, green, blue = drawn.convert("RGB").getpixel((8, 4))  # type: ignore[misc]
    assert red > 250
    assert max(green, blue) < 5


async def test_an_artifact_has_the_headers_of_a_safe_public_file(
    client: httpx2.AsyncClient,
) -> None:
    answer = (await client.post("/image", json=SMALL | {"expiresIn": 600})).json()
    file = await fetched(client, answer)
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["content-security-policy"] == "sandbox"
    assert int(file.headers["content-length"]) == len(file.content)
    age = int(file.headers["cache-control"].split("max-age=")[1].split(",")[0])
    assert 590 <= age <= 600
    client.event_hooks["response"] = []  # the document tells of bodies; a 304 has none
    again = await client.get(answer["url"], headers={"If-None-Match": file.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == file.headers["etag"]


@pytest.mark.parametrize(
    "ask", [{"params": {"response": "binary"}}, {"headers": {"Accept": "image/png"}}]
)
async def test_bytes_are_answered_to_whoever_asks_for_them(
    client: httpx2.AsyncClient, ask: dict[str, Any]
) -> None:
    answer = await client.post("/image", json=SMALL, **ask)
    assert answer.headers["content-type"] == "image/png"
    assert picture(answer.content).size == (16, 8)
    kept = await client.get(answer.headers["content-location"])
    assert kept.content == answer.content
    row = (await client.get(f"/image/{answer.headers['x-render-id']}")).json()["image"]
    assert row["url"] == answer.headers["content-location"]


async def test_accept_chooses_the_format_where_the_body_names_none(
    client: httpx2.AsyncClient,
) -> None:
    answer = await client.post("/image", json=SMALL, headers={"Accept": "image/webp"})
    assert picture(answer.content).format == "WEBP"


@pytest.mark.parametrize(
    ("body", "accept"),
    [
        ({"format": "png"}, "image/webp"),
        ({}, "image/tiff"),
        ({}, "video/mp4"),
        ({}, "application/pdf"),
    ],
)
async def test_an_accept_that_contradicts_is_406_and_costs_nothing(
    client: httpx2.AsyncClient, house: House, body: dict[str, Any], accept: str
) -> None:
    answer = await client.post("/image", json=SMALL | body, headers={"Accept": accept})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
    assert (await house.counts())["artifacts"] == 0


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "text/html,image/webp", "image/webp, */*"]
)
async def test_an_accept_that_takes_json_gets_json(client: httpx2.AsyncClient, accept: str) -> None:
    answer = await client.post("/image", json=SMALL | {"format": "png"}, headers={"Accept": accept})
    assert answer.json()["url"]


async def test_base64_comes_beside_the_url(client: httpx2.AsyncClient) -> None:
    answer = (await client.post("/image?response=base64", json=SMALL)).json()
    assert base64.b64decode(answer["base64"]) == (await fetched(client, answer)).content


async def test_store_false_answers_with_bytes_and_keeps_nothing(
    client: httpx2.AsyncClient, house: House
) -> None:
    answer = await client.post("/image", json=SMALL | {"store": False})
    assert picture(answer.content).size == (16, 8)
    assert "content-location" not in answer.headers
    told = await client.post("/image?response=base64", json=SMALL | {"store": False})
    assert picture(base64.b64decode(told.json()["base64"])).size == (16, 8)
    assert "url" not in told.json()
    refused = await client.post("/image?response=url", json=SMALL | {"store": False})
    assert refused.status_code == 400
    counts = await house.counts()
    assert (counts["renders"], counts["artifacts"], counts["objects"]) == (0, 0, 0)


async def test_a_key_replays_bytes_until_their_artifact_is_deleted(
    client: httpx2.AsyncClient, house: House
) -> None:
    headers = {"Idempotency-Key": "bytes", "Accept": "image/png"}
    first = await client.post("/image", json=SMALL, headers=headers)
    again = await client.post("/image", json=SMALL, headers=headers)
    assert again.headers["idempotent-replayed"] == "true"
    assert (again.status_code, again.content) == (200, first.content)
    for name in ("content-type", "etag", "content-location", "content-security-policy"):
        assert again.headers[name] == first.headers[name]
    assert (await house.counts())["renders"] == 1
    await client.delete(f"/files/{first.headers['x-render-id']}")
    gone = await client.post("/image", json=SMALL, headers=headers)
    assert (gone.status_code, gone.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("response", ["binary", "base64"])
async def test_a_key_keeps_nothing_of_what_must_not_be_stored(
    client: httpx2.AsyncClient, house: House, response: str
) -> None:
    headers = {"Idempotency-Key": "secret"}
    for _ in range(2):
        answer = await client.post(
            f"/image?response={response}", json=SMALL | {"store": False}, headers=headers
        )
        assert answer.status_code == 200
        assert "idempotent-replayed" not in answer.headers
    assert (await house.counts())["idempotency_keys"] == 0


@pytest.mark.parametrize("by", ["render", "artifact", "address"])
async def test_a_deleted_file_is_gone_at_once_with_its_row(
    client: httpx2.AsyncClient, house: House, workspace_id: str, by: str
) -> None:
    answer = (await client.post("/image", json=SMALL)).json()
    row = await house.renders.get(workspace_id, answer["id"])
    name = {
        "render": row.id,
        "artifact": row.artifact.id,
        "address": answer["url"].rsplit("/", 1)[1],
    }[by]
    deleted = await client.delete(f"/files/{name}")
    assert (deleted.status_code, deleted.json()["deleted"]) == (200, True)
    assert (await fetched(client, answer)).status_code == 404
    assert (await client.get(f"/image/{answer['id']}")).status_code == 404
    assert (await client.delete(f"/files/{name}")).status_code == 404
    counts = await house.counts()
    assert (counts["renders"], counts["artifacts"], counts["objects"]) == (0, 0, 0)


async def test_another_workspace_finds_and_deletes_nothing(
    client: httpx2.AsyncClient, house: House, workspace_id: str
) -> None:
    answer = (await client.post("/image", json=SMALL)).json()
    row = await house.renders.get(workspace_id, answer["id"])
    other = await house.workspaces.create("other")
    _, key = await house.workspaces.create_key(other.id)
    theirs = {"Authorization": f"Bearer {key}"}
    address = answer["url"].rsplit("/", 1)[1]
    for name in (row.id, row.artifact.id, address):
        assert (await client.delete(f"/files/{name}", headers=theirs)).status_code == 404
    assert (await client.get(f"/image/{row.id}", headers=theirs)).status_code == 404
    assert (await client.get("/image", headers=theirs)).json()["images"] == []
    assert (await fetched(client, answer)).status_code == 200


async def test_an_expired_file_is_404(client: httpx2.AsyncClient, house: House) -> None:
    answer = (await client.post("/image", json=SMALL | {"expiresIn": 1})).json()
    await house.let_expire()
    assert (await fetched(client, answer)).status_code == 404
    assert (await client.get(f"/image/{answer['id']}")).status_code == 404


async def test_a_wrong_extension_finds_nothing(client: httpx2.AsyncClient) -> None:
    answer = (await client.post("/image", json=SMALL)).json()
    assert (await client.get(answer["url"].replace(".png", ".jpg"))).status_code == 404
    assert (await client.get(answer["url"].removesuffix(".png"))).status_code == 404


async def test_the_lists_hold_each_kind_and_turn_pages(client: httpx2.AsyncClient) -> None:
    for _ in range(3):
        await client.post("/image", json=SMALL)
    await client.post("/gif", json={"html": MOVING, "width": 32, "height": 8})
    await client.post("/pdf/render", json={"html": RED})
    answer = (await client.get("/image?limit=2&offset=2")).json()
    assert len(answer["images"]) == 1
    assert answer["pagination"] == {"total": 3, "limit": 2, "offset": 2, "hasMore": False}
    assert len((await client.get("/gif")).json()["gifs"]) == 1
    assert len((await client.get("/pdf")).json()["pdfs"]) == 1
    assert (await client.get("/image?limit=101")).status_code == 400
    every = (await client.get("/render")).json()
    assert [one["kind"] for one in every["renders"]] == ["pdf", "gif", "image", "image", "image"]
    one = (await client.get(f"/render/{every['renders'][0]['id']}")).json()["render"]
    assert (one["kind"], one["pageCount"]) == ("pdf", 1)


async def test_an_animation_is_one_loop_of_what_moves(client: httpx2.AsyncClient) -> None:
    body = {"html": MOVING, "width": 32, "height": 8, "framesPerSecond": 10}
    answer = (await client.post("/gif", json=body)).json()
    gif = answer["gif"]
    assert (gif["animationLength"], gif["frameCount"], gif["framesPerSecond"]) == (400, 4, 10)
    assert (answer["url"], answer["id"]) == (gif["url"], gif["uid"])
    assert answer["_meta"]["processingTime"] > 0
    drawn = picture((await fetched(client, answer)).content)
    assert (drawn.format, drawn.size, drawn.n_frames) == ("GIF", (32, 8), 4)  # type: ignore[attr-defined]
    assert (await client.get(f"/gif/{gif['uid']}")).json()["gif"]["frameCount"] == 4


async def test_a_page_that_does_not_move_is_422_static_source(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/gif", json=SMALL)
    assert (answer.status_code, answer.json()["code"]) == (422, "static_source")
    assert answer.json()["error"].startswith("Static source")


@pytest.mark.parametrize("engine", ["chromium", "weasyprint"])
async def test_a_document_has_the_pages_and_the_sheet_asked_for(
    client: httpx2.AsyncClient, engine: str
) -> None:
    html = "<p>one<p style='break-before:page'>two"
    body = {"html": html, "options": {"preset": "a4_landscape", "engine": engine}}
    answer = (await client.post("/pdf/render", json=body)).json()
    assert answer["success"] is True
    assert (answer["pageCount"], answer["preset"]) == (2, "A4_LANDSCAPE")
    assert answer["pageSize"] == {"width": 842, "height": 595}
    pages = PdfReader(io.BytesIO((await fetched(client, answer)).content)).pages
    assert len(pages) == 2
    assert abs(float(pages[0].mediabox.width) - 842) <= 1


@pytest.mark.parametrize(
    ("html", "options", "size"),
    [
        ("<p>x", {}, (595, 842)),
        ("<style>@page{size:400px 200px}</style><p>x", {}, (300, 150)),
        ("<style>@page{size:400px 200px}</style><p>x", {"preset": "A5"}, (420, 595)),
        ("<p>x", {"customSize": {"width": 800, "height": 400}}, (600, 300)),
        ("<p>x", {"preset": "letter", "landscape": True}, (792, 612)),
    ],
)
async def test_the_page_is_what_the_options_say_then_the_source_then_a4(
    client: httpx2.AsyncClient, html: str, options: dict[str, Any], size: tuple[int, int]
) -> None:
    answer = (await client.post("/pdf/render", json={"html": html, "options": options})).json()
    made = answer["pageSize"]
    assert abs(made["width"] - size[0]) <= 1
    assert abs(made["height"] - size[1]) <= 1


async def test_a_multi_page_document_has_a_section_for_each_set(
    client: httpx2.AsyncClient,
) -> None:
    uid = await card(client)
    sets = [{"title": f"section-{number}"} for number in range(3)]
    body = {"templateUid": uid, "variableSets": sets, "options": {"preset": "A5"}}
    answer = (await client.post("/pdf/multi-page", json=body)).json()
    assert answer["pageCount"] == 3
    reader = PdfReader(io.BytesIO((await fetched(client, answer)).content))
    texts = [page.extract_text().strip() for page in reader.pages]
    assert texts == [one["title"] for one in sets]


async def test_more_sets_than_one_request_may_have_are_refused(client: httpx2.AsyncClient) -> None:
    body = {"html": "{{ a }}", "variableSets": [{"a": 1}] * 101}
    answer = await client.post("/pdf/multi-page", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "variableSets"
    assert "100" in answer.json()["error"]


async def test_the_presets_are_listed(client: httpx2.AsyncClient) -> None:
    presets = (await client.get("/pdf/presets")).json()["presets"]
    assert (presets["A4"]["width"], presets["A4"]["height"]) == (595, 842)
    assert {"A3", "A5", "Letter", "Legal", "Tabloid", "A4_LANDSCAPE"} <= set(presets)


async def test_a_template_renders_in_its_own_size_and_with_its_defaults(
    client: httpx2.AsyncClient,
) -> None:
    uid = await card(client)
    answer = (
        await client.post(f"/templates/{uid}/render", json={"variables": {"title": ""}})
    ).json()
    assert (answer["totalLayouts"], answer["totalRendered"], answer["totalErrors"]) == (1, 1, 0)
    (result,) = answer["results"]
    assert (result["layout"], result["name"], result["format"]) == ("default", "Card", "png")
    for name in ("url", "id", "width", "height", "format", "createdAt"):
        assert answer[name] == result[name]
    assert (answer["templateUid"], answer["version"]) == (uid, 1)
    drawn = picture((await fetched(client, answer)).content)
    assert drawn.size == (32, 16)
    assert drawn.convert("RGB").getpixel((30, 14)) == (0, 255, 0)


@pytest.mark.parametrize("format_", ["png", "jpg", "jpeg", "webp", "pdf"])
async def test_a_template_renders_in_each_format(client: httpx2.AsyncClient, format_: str) -> None:
    uid = await card(client)
    body = {"variables": {"title": "x"}, "format": format_}
    answer = (await client.post(f"/templates/{uid}/render", json=body)).json()
    assert answer["format"] == format_
    assert (await fetched(client, answer)).status_code == 200


async def test_layouts_that_fail_are_told_beside_those_that_succeed(
    client: httpx2.AsyncClient,
) -> None:
    uid = await card(client)
    body = {"variables": {"title": "x"}, "layouts": ["tall", "nope", "default", "tall"]}
    answer = await client.post(f"/templates/{uid}/render", json=body)
    assert answer.status_code == 200
    told = answer.json()
    sizes = [(one["layout"], one["name"], one["width"], one["height"]) for one in told["results"]]
    assert sizes == [("tall", "Tall", 16, 48), ("default", "Card", 32, 16)]
    assert [(one["layout"], one["code"]) for one in told["errors"]] == [("nope", "unknown_layout")]
    assert (told["totalLayouts"], told["totalRendered"], told["totalErrors"]) == (3, 2, 1)


async def test_layouts_none_of_which_exists_are_still_an_answer(client: httpx2.AsyncClient) -> None:
    uid = await card(client)
    body = {"variables": {"title": "x"}, "layouts": ["nope"]}
    answer = await client.post(f"/templates/{uid}/render", json=body)
    assert answer.status_code == 200
    assert (answer.json()["results"], answer.json()["totalErrors"]) == ([], 1)


async def test_an_unknown_single_layout_falls_back_and_says_so(client: httpx2.AsyncClient) -> None:
    uid = await card(client)
    body = {"variables": {"title": "x"}, "layout": "nope"}
    answer = await client.post(f"/templates/{uid}/render", json=body)
    assert answer.headers["x-layout-fallback"] == "true"
    assert answer.json()["results"][0]["layout"] == "default"
    known = await client.post(f"/templates/{uid}/render", json=body | {"layout": "tall"})
    assert "x-layout-fallback" not in known.headers
    assert known.json()["height"] == 48


async def test_an_older_version_renders_as_it_was(client: httpx2.AsyncClient) -> None:
    uid = await card(client)
    changed = await client.put(f"/templates/{uid}", json={"width": 64})
    assert changed.status_code == 200
    body: dict[str, Any] = {"variables": {"title": "x"}}
    new = (await client.post(f"/templates/{uid}/render", json=body)).json()
    old = (await client.post(f"/templates/{uid}/render", json=body | {"version": 1})).json()
    assert (new["version"], new["width"], old["version"], old["width"]) == (2, 64, 1, 32)
    gone = await client.post(f"/templates/{uid}/render", json=body | {"version": 9})
    assert gone.status_code == 404


async def test_T09_data_is_escaped_and_cannot_leave_its_place(client: httpx2.AsyncClient) -> None:
    hostile = (
        "</style></script><script>document.body.style.background='#00f'</script>"
        "<div style='position:fixed;inset:0;background:#00f'>&\"'"
    )
    uid = await card(client)
    body = {"variables": {"title": hostile}, "width": 600, "height": 200}
    answer = (await client.post(f"/templates/{uid}/render", json=body)).json()
    drawn = picture((await fetched(client, answer)).content).convert("RGB")
    assert drawn.getpixel((590, 190)) == (0, 255, 0)
    assert not any(blue > red + green for _, (red, green, blue) in drawn.getcolors(120_000) or ())


async def test_a_preview_is_drawn_and_not_kept(client: httpx2.AsyncClient, house: House) -> None:
    body = {"html": RED + "{{ 1 + 1 }}", "width": 16, "height": 10}
    answer = (await client.post("/templates/preview", json=body)).json()
    head, _, data = answer["dataUrl"].partition(",")
    assert head == "data:image/png;base64"
    assert picture(base64.b64decode(data)).size == (16, 10)
    assert {"compose", "load", "capture"} <= set(answer["timings"])
    assert (await house.counts())["artifacts"] == 0


async def test_timings_stand_in_the_header(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/image", json=SMALL)
    steps = [part.split(";")[0] for part in answer.headers["server-timing"].split(", ")]
    assert {"resolve", "validate", "compose", "load", "capture", "encode", "store"} <= set(steps)


async def test_every_route_answers_under_v1_too(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/v1/image", json=SMALL)).status_code == 200
    assert (await client.get("/v1/pdf/presets")).status_code == 200


async def test_an_uploaded_page_names_its_files(client: httpx2.AsyncClient) -> None:
    blue = io.BytesIO()
    Image.new("RGB", (4, 4), "#00f").save(blue, "PNG")
    answer = await client.post(
        "/image",
        files=[
            ("request", (None, '{"width": 16, "height": 8}')),
            ("files", ("index.html", "<style>body{margin:0;background:url(a.png)}</style>")),
            ("files", ("a.png", blue.getvalue())),
        ],
    )
    assert answer.status_code == 200, answer.text
    drawn = picture((await fetched(client, answer.json())).content).convert("RGB")
    assert drawn.getpixel((8, 4)) == (0, 0, 255)


async def test_a_private_address_is_refused_by_its_own_code(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/image", json={"url": "http://127.0.0.1:1/"})
    assert (answer.status_code, answer.json()["code"]) == (422, "blocked-url")


async def test_the_service_says_that_it_lives_and_is_ready(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/health")).json() == {"status": "ok"}
    ready = (await client.get("/ready")).json()
    assert (ready["ready"], ready["checks"]) == (True, {"store": "ok", "render": "ok"})
    pressure = (await client.get("/pressure")).json()
    assert pressure["slots"] > 0
    assert pressure["accepting"] is True


@pytest.mark.parametrize(
    "route",
    # Those of templates need one, and those of assets name a file on the network.
    [route for route in ROUTES if route.example and route.tag not in {"templates", "assets"}],
    ids=lambda route: route.path,
)
async def test_the_examples_of_the_documentation_work(
    client: httpx2.AsyncClient, route: Route
) -> None:
    answer = await client.post(route.path, json=dict(route.example or {}))
    assert answer.status_code == route.status, answer.text
