"""Canvases over HTTP: filled, drawn in every format, stored, compared, and refused when hostile."""

import base64
import io
from typing import Any

import httpx2
from PIL import Image
from pypdf import PdfReader

from tests.integration.renders.test_assets import squares, svg, uploaded
from tests.integration.renders.test_wire import fetched, picture

LEFT_TOP = {"originX": "left", "originY": "top"}
BOX: dict[str, Any] = {
    "type": "Rect", "left": 0, "top": 0, "width": 20, "height": 20, "fill": "#f00", **LEFT_TOP,
}  # fmt: skip
CARD: dict[str, Any] = {
    "version": "7.4.0",
    "background": "#ffffff",
    "objects": [
        {**BOX, "fill": "{{ colour }}"},
        {**BOX, "left": 20, "variableBindings": [{"variableName": "box.fill", "property": "fill"}]},
        {**BOX, "left": 40, "fill": "#00f", "_if": "shown"},
        {**BOX, "left": "{{ 20 * 3 }}", "type": "rect", "fill": "#ff0"},
    ],
}
ASKED: dict[str, Any] = {
    "fabricJSData": CARD,
    "variables": {"colour": "#0f0", "box": {"fill": "#0ff"}, "shown": False},
    "width": 80,
    "height": 40,
}


def colours(data: bytes, *places: tuple[int, int]) -> list[tuple[int, ...]]:
    drawn = Image.open(io.BytesIO(data)).convert("RGB")
    return [tuple(drawn.getpixel(place)) for place in places]  # type: ignore[arg-type]


SQUARES = ((10, 10), (30, 10), (50, 10), (70, 10), (10, 30))
AS_ASKED = [(0, 255, 0), (0, 255, 255), (255, 255, 255), (255, 255, 0), (255, 255, 255)]


async def canvas(client: httpx2.AsyncClient, **more: Any) -> httpx2.Response:
    return await client.post("/image/canvas", json=ASKED | more)


async def test_expressions_bindings_and_conditions_make_the_picture(
    client: httpx2.AsyncClient,
) -> None:
    answer = (await canvas(client)).json()
    assert (answer["width"], answer["height"], answer["format"]) == (80, 40, "png")
    assert answer["warnings"] == []
    assert colours((await fetched(client, answer)).content, *SQUARES) == AS_ASKED
    again = (await canvas(client)).json()
    assert again["cached"] is True


async def test_a_canvas_comes_in_every_format_and_scale(client: httpx2.AsyncClient) -> None:
    for kind in ("jpg", "webp", "avif"):
        answer = await client.post(
            "/image/canvas?response=binary",
            json=ASKED | {"fileExtension": kind, "deviceScaleFactor": 2},
        )
        assert answer.status_code == 200, answer.text
        assert picture(answer.content).size == (160, 80)
    clear = {"version": "7.4.0", "objects": [BOX]}
    answer = await client.post("/image/canvas?response=binary", json={"fabricJSData": clear})
    assert picture(answer.content).convert("RGBA").getpixel((200, 200)) == (0, 0, 0, 0)
    assert picture(answer.content).size == (1280, 720)


async def test_a_canvas_becomes_a_page_of_its_size_with_text_that_can_be_read(
    client: httpx2.AsyncClient,
) -> None:
    text = {
        "type": "textbox", "left": 10, "top": 10, "width": 300, "fontSize": 30,
        "fontFamily": "Inter", "text": "Dear {{ name }}",
    }  # fmt: skip
    answer = await client.post(
        "/image/canvas?response=binary",
        json={
            "fabricJSData": {"objects": [text], "width": 400, "height": 200},
            "variables": {"name": "Ada & Co"},
            "fileExtension": "pdf",
        },
    )
    assert answer.headers["content-type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(answer.content))
    assert len(reader.pages) == 1
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [300, 150]
    assert "Dear Ada & Co" in reader.pages[0].extract_text()


async def test_defaults_and_rules_of_definitions_hold_for_a_canvas(
    client: httpx2.AsyncClient,
) -> None:
    definitions = [{"name": "colour", "type": "color", "defaultValue": "#00f"}]
    answer = await client.post(
        "/image/canvas?response=binary",
        json=ASKED | {"variables": {"box": {}}, "variableDefinitions": definitions},
    )
    assert colours(answer.content, *SQUARES)[:2] == [(0, 0, 255), (255, 0, 0)]
    wrong = await canvas(
        client,
        variables={"colour": "no colour at all"},
        variableDefinitions=definitions,
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "variables.colour")


async def test_a_canvas_waits_for_no_function(client: httpx2.AsyncClient) -> None:
    card = {"name": "Card", "fabricJSData": {**CARD, "width": 80, "height": 40}}
    uid = (await client.post("/templates", json=card)).json()["template"]["uid"]
    asked = {"template": uid, "variables": {"box": {}}, "waitForFunction": "true"}
    answer = await client.post("/image", json=asked)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "waitForFunction")


async def test_the_life_of_a_canvas_template(client: httpx2.AsyncClient) -> None:
    answer = await client.post(
        "/templates", json={"name": "Card", "fabricJSData": {**CARD, "width": 80, "height": 40}}
    )
    assert answer.status_code == 201, answer.text
    stored = answer.json()["template"]
    assert (stored["engine"], stored["width"], stored["height"]) == ("fabric", 80, 40)
    assert "html" not in stored
    kinds = {one["name"]: one["type"] for one in stored["variableDefinitions"]}
    assert kinds == {"colour": "color", "box": "color", "shown": "boolean"}
    uid = stored["uid"]
    read = (await client.get(f"/templates/{uid}")).json()["template"]
    assert read["fabricJSData"] == {**CARD, "width": 80, "height": 40}
    refused = await client.put(f"/templates/{uid}", json={"html": "<p>"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "html")

    changed = {**CARD, "objects": [{**CARD["objects"][0], "angle": 1}, *CARD["objects"][1:]]}
    assert (
        await client.put(f"/templates/{uid}", json={"fabricJSData": changed})
    ).status_code == 200
    diff = (await client.get(f"/templates/{uid}/versions/1/diff/2")).json()
    assert '+   "angle": 1' in diff["source"]["unified"]

    done = await client.post(
        f"/templates/{uid}/render?response=base64", json={"variables": ASKED["variables"]}
    )
    data = base64.b64decode(done.json()["base64"])
    assert colours(data, *SQUARES) == AS_ASKED
    restored = await client.post(f"/templates/{uid}/versions/1/restore")
    assert restored.json()["template"]["engine"] == "fabric"


async def test_a_layout_has_its_own_canvas_or_fits_the_base_into_its_size(
    client: httpx2.AsyncClient,
) -> None:
    own = {"version": "7.4.0", "background": "#0ff", "objects": []}
    stored = await client.post(
        "/templates",
        json={
            "fabricJSData": CARD,
            "width": 80,
            "height": 40,
            "layouts": {
                "tall": {"width": 160, "height": 160},
                "own": {"width": 30, "height": 30, "fabricJSData": own},
            },
        },
    )
    template = stored.json()["template"]
    assert template["layouts"]["own"]["fabricJSData"] == own
    done = await client.post(
        f"/templates/{template['uid']}/render?response=base64",
        json={"variables": ASKED["variables"], "layouts": ["tall", "own"]},
    )
    tall, small = (base64.b64decode(one["base64"]) for one in done.json()["results"])
    # Twice as large, in the middle of the height.
    assert colours(tall, (20, 60), (60, 60), (140, 60), (20, 20)) == [
        (0, 255, 0), (0, 255, 255), (255, 255, 0), (255, 255, 255),
    ]  # fmt: skip
    assert colours(small, (15, 15)) == [(0, 255, 255)]


async def test_a_canvas_template_makes_documents_of_many_sections(
    client: httpx2.AsyncClient,
) -> None:
    text = {"type": "text", "left": 5, "top": 5, "fontSize": 20, "text": "No {{ n }}"}
    stored = await client.post(
        "/templates",
        json={"fabricJSData": {"objects": [text]}, "width": 200, "height": 100},
    )
    uid = stored.json()["template"]["uid"]
    asked = {"templateUid": uid, "variableSets": [{"n": 1}, {"n": 2}]}
    answer = await client.post("/pdf/multi-page?response=binary", json=asked)
    assert answer.status_code == 200, answer.text
    reader = PdfReader(io.BytesIO(answer.content))
    assert [page.extract_text().strip() for page in reader.pages] == ["No 1", "No 2"]
    weasy = await client.post(
        "/pdf/render", json={"templateUid": uid, "options": {"engine": "weasyprint"}}
    )
    assert (weasy.status_code, weasy.json()["errors"][0]["field"]) == (400, "options.engine")


async def test_an_unsaved_canvas_is_previewed_and_a_stored_one_linted(
    client: httpx2.AsyncClient,
) -> None:
    answer = await client.post("/templates/preview", json=ASKED)
    data = base64.b64decode(answer.json()["dataUrl"].partition(",")[2])
    assert colours(data, *SQUARES) == AS_ASKED
    both = await client.post("/templates/preview", json=ASKED | {"html": "<p>"})
    assert both.status_code == 400
    text = {
        "type": "text", "left": 20, "top": 5, "fontSize": 20, "text": "{{ title }}", **LEFT_TOP,
    }  # fmt: skip
    stored = await client.post(
        "/templates",
        json={
            "fabricJSData": {"objects": [text]},
            "width": 200,
            "height": 40,
            "variableDefinitions": [{"name": "title", "validation": {"maxLength": 60}}],
        },
    )
    uid = stored.json()["template"]["uid"]
    told = (await client.post(f"/templates/{uid}/lint", json={})).json()
    assert "text_outside" in str(told)


async def test_what_does_not_come_is_a_warning_and_the_rest_is_drawn(
    client: httpx2.AsyncClient,
) -> None:
    image = {"type": "image", "left": 20, "top": 0, "width": 20, "height": 20, **LEFT_TOP}
    objects = [
        BOX,
        {**image, "src": "http://127.0.0.1:9/x.png"},
        {**image, "src": "data:image/png;base64,AAAA"},
        {"type": "group", "width": 20, "height": 20, "left": 40, "top": 0, **LEFT_TOP,
         "objects": [{**image, "src": "http://169.254.169.254/meta"}]},
        {**BOX, "left": 60, "fill": {"type": "pattern", "source": "http://10.0.0.1/t.png"}},
    ]  # fmt: skip
    answer = await client.post(
        "/image/canvas",
        json={"fabricJSData": {"objects": objects}, "width": 80, "height": 40},
    )
    assert answer.status_code == 200, answer.text
    codes = [one["code"] for one in answer.json()["warnings"]]
    assert codes.count("blocked_request") == 3
    assert codes.count("image_failed") == 4
    data = (await fetched(client, answer.json())).content
    assert colours(data, (10, 10)) == [(255, 0, 0)]


async def test_text_that_leaves_the_picture_and_letters_without_a_font_are_told(
    client: httpx2.AsyncClient,
) -> None:
    long = {"type": "text", "left": 20, "top": 5, "fontSize": 20, "text": "{{ title }}", **LEFT_TOP}
    strange = {**long, "text": "\U00012000", "top": 40}
    answer = await client.post(
        "/image/canvas",
        json={
            "fabricJSData": {"objects": [long, strange]},
            "variables": {"title": "Far too long for the width of it"},
            "width": 120,
            "height": 80,
        },
    )
    warnings = {one["code"]: one for one in answer.json()["warnings"]}
    assert warnings["text_outside"]["variable"] == "title"
    assert warnings["text_outside"]["selector"] == "objects[0]"
    assert "missing_glyphs" in warnings


DEEP: dict[str, Any] = {"type": "group", "objects": []}
for _ in range(20):
    DEEP = {"type": "group", "objects": [DEEP]}

HOSTILE: dict[str, tuple[dict[str, Any], str]] = {
    "no list": ({"objects": {}}, "objects"),
    "no object": ({"objects": [5]}, "objects[0]"),
    "no type": ({"objects": [{}]}, "objects[0].type"),
    "an unknown type": ({"objects": [BOX, {"type": "Rekt"}]}, "objects[1].type"),
    "an unknown type within": (
        {"objects": [{"type": "group", "objects": [{"type": "Canvas"}]}]},
        "objects[0].objects[0].type",
    ),
    "a clip of no type": ({"objects": [{**BOX, "clipPath": {"type": "x"}}]}, "objects[0].clipPath.type"),
    "a file": ({"objects": [{"type": "image", "src": "file:///etc/passwd"}]}, "objects[0].src"),
    "a script": ({"objects": [{"type": "image", "src": "javascript:alert(1)"}]}, "objects[0].src"),
    "a page": ({"backgroundImage": {"type": "image", "src": "data:text/html,x"}}, "backgroundImage.src"),
    "a pattern's file": (
        {"objects": [{**BOX, "fill": {"type": "pattern", "source": "file:///x"}}]},
        "objects[0].fill.source",
    ),
    "an enormous length": ({"objects": [{**BOX, "width": 1e300}]}, "objects[0].width"),
    "a prototype": ({"objects": [{**BOX, "__proto__": {"fill": "red"}}]}, "objects[0].__proto__"),
    "a constructor": ({"objects": [{**BOX, "constructor": 1}]}, "objects[0].constructor"),
    "too many objects": ({"objects": [BOX] * 6000}, "objects[5000]"),
    "a broken expression": ({"objects": [{**BOX, "fill": "{{ 1 + }}"}]}, "objects[0].fill"),
    "a binding of nothing": ({"objects": [{**BOX, "variableBindings": [{}]}]}, "objects[0].variableBindings[0]"),
    "a binding of no object": (
        {"objects": [{**BOX, "variableBindings": [{"variableName": "a", "property": "shadow.blur"}]}]},
        "objects[0].variableBindings[0]",
    ),
    "no number": ({"objects": [{**BOX, "left": "{{ a }}"}]}, "objects[0].left"),
    "an escape": ({"objects": [{**BOX, "fill": "{{ ''.__class__ }}"}]}, "objects[0].fill"),
    "a path of no path": ({"objects": [{"type": "path", "path": 5}]}, "objects[0]"),
    "points of no points": ({"objects": [BOX, {"type": "group", "objects": [{"type": "polygon", "points": [None]}]}]}, "objects[1].objects[0]"),
    "much text": ({"objects": [{"type": "text", "text": "x" * 100_001}]}, "objects[0].text"),
}  # fmt: skip


async def test_what_fabric_cannot_bear_is_refused_by_its_place(client: httpx2.AsyncClient) -> None:
    for name, (data, place) in HOSTILE.items():
        answer = await client.post(
            "/image/canvas",
            json={"fabricJSData": data, "variables": {"a": "x"}, "width": 64, "height": 64},
        )
        assert answer.status_code == 422, (name, answer.text)
        assert answer.json()["errors"][0]["field"] == f"fabricJSData.{place}", name


STRANGE: dict[str, list[dict[str, Any]]] = {
    "methods": [{**BOX, "render": 5, "toObject": None, "set": "x", "canvas": {}, "_place": 7}],
    "deep": [DEEP],
    "a blur": [{"type": "circle", "radius": 1e6, "shadow": {"color": "red", "blur": 1e6}}],
    "letters": [{"type": "text", "text": "a", "fontSize": 1e6, "fontFamily": "';}<script>"}],
    "a path": [{"type": "path", "path": "M 0 0 " + "L 9 9 L 0 0 " * 20_000, "stroke": "red"}],
    "dashes": [{**BOX, "strokeDashArray": [0.001], "stroke": "red", "strokeWidth": 1}],
    "clips": [{**BOX, "clipPath": {**BOX, "clipPath": {**BOX, "width": 1e6}}}],
}


async def test_strange_canvases_are_drawn_or_refused(client: httpx2.AsyncClient) -> None:
    for name, objects in STRANGE.items():
        answer = await client.post(
            "/image/canvas", json={"fabricJSData": {"objects": objects}, "width": 64, "height": 64}
        )
        assert answer.status_code in {200, 422}, (name, answer.text)


async def test_a_canvas_has_the_fonts_and_the_files_of_its_workspace(
    client: httpx2.AsyncClient,
) -> None:
    await uploaded(client, "house.ttf", squares("House Sans"))
    await uploaded(client, "logo.svg", svg("lime"))
    letter = {
        "type": "text", "left": 0, "top": 0, "fontSize": 40, "fontFamily": "House Sans",
        "text": "A", "fill": "#f00",
    }  # fmt: skip
    logo = {"type": "image", "left": 60, "top": 0, "src": "{{ asset('logo.svg') }}"}
    stored = await client.post(
        "/templates",
        json={"fabricJSData": {"objects": [letter, logo]}, "width": 100, "height": 40},
    )
    uid = stored.json()["template"]["uid"]
    done = await client.post(f"/templates/{uid}/render?response=base64", json={"variables": {}})
    assert done.json()["results"][0]["warnings"] == []
    data = base64.b64decode(done.json()["base64"])
    assert colours(data, (5, 5), (62, 2)) == [(255, 0, 0), (0, 255, 0)]
