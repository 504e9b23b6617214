"""Assets over HTTP: uploaded, named in templates of both languages, drawn, changed, deleted."""

import io
import re
from base64 import b64encode
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image
from pypdf import PdfReader

from core.orphans import Orphans
from templates_store.models import assets
from tests.integration.renders.conftest import House

RED, GREEN, BLUE = (255, 0, 0), (0, 128, 0), (0, 0, 255)
SIZE = {"width": 8, "height": 8}


def svg(colour: str) -> bytes:
    box = f"<rect width='8' height='8' fill='{colour}'/>"
    return f"<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'>{box}</svg>".encode()


def png(colour: tuple[int, int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(out, "PNG")
    return out.getvalue()


async def uploaded(
    client: httpx2.AsyncClient, filename: str, data: bytes, **fields: str
) -> dict[str, Any]:
    answer = await client.post("/assets", files={"file": (filename, data)}, data=fields)
    assert answer.status_code == 201, answer.text
    return answer.json()["asset"]


async def stored(client: httpx2.AsyncClient, html: str, **more: Any) -> str:
    answer = await client.post("/templates", json={"html": html, **SIZE} | more)
    assert answer.status_code == 201, answer.text
    return answer.json()["template"]["uid"]


async def drawn(client: httpx2.AsyncClient, uid: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(f"/templates/{uid}/render", json=body)
    assert answer.status_code == 200, answer.text
    hit = answer.headers["cache-status"] == "platen; hit"
    return answer.json()["results"][0] | {"hit": hit}


async def colour(client: httpx2.AsyncClient, result: dict[str, Any]) -> tuple[int, ...]:
    file = await client.get(result["url"])
    pixel = Image.open(io.BytesIO(file.content)).convert("RGB").getpixel((4, 4))
    assert isinstance(pixel, tuple)
    return tuple(round(one) for one in pixel)


IMAGES = {
    "jinja": "<body style='margin:0'><img src=\"{{ asset('logo.svg') }}\">",
    "filter": "<body style='margin:0'>{% set n = 'logo.svg' %}<img src=\"{{ 'logo.svg' | asset }}\">",
    "css": "<style>body{background:url({{ asset('logo.svg') }})}</style><body><i></i>",
    "handlebars": "<body style='margin:0'>{{#if x}}{{/if}}<img src=\"{{asset 'logo.svg'}}\">",
    "by data": "<body style='margin:0'><img src=\"{{ asset(which) }}\">",
    "scripts": "<body style='margin:0'><script>var n = 1</script><img src=\"{{ asset('logo.svg') }}\">",
}


@pytest.mark.parametrize("way", IMAGES)
async def test_a_template_draws_an_asset_by_name_and_a_changed_one_anew(
    client: httpx2.AsyncClient, way: str
) -> None:
    asset = await uploaded(client, "logo.svg", svg("red"))
    uid = await stored(client, IMAGES[way])
    data = {"which": "logo.svg"} if way == "by data" else {}
    body = {"variables": data, "now": "2026-01-01T00:00:00Z"}
    first = await drawn(client, uid, **body)
    assert (await colour(client, first), first["warnings"]) == (RED, [])
    assert (await drawn(client, uid, **body))["hit"]
    files = {"file": ("other-name.svg", svg("blue"))}
    changed = await client.put(f"/assets/{asset['uid']}", files=files)
    assert changed.status_code == 200, changed.text
    assert changed.json()["asset"]["name"] == "logo.svg"
    second = await drawn(client, uid, **body)
    assert (await colour(client, second), second["hit"]) == (BLUE, False)


@pytest.mark.parametrize("way", ["jinja", "by data"])
async def test_an_address_that_draws_shows_a_changed_asset(
    client: httpx2.AsyncClient, way: str
) -> None:
    asset = await uploaded(client, "logo.svg", svg("red"))
    uid = await stored(client, IMAGES[way])
    body = {"variables": {"which": "logo.svg"}}
    url = (await client.post(f"/templates/{uid}/signed-url", json=body)).json()["url"]
    first = await client.get(url)
    checks, client.event_hooks["response"] = client.event_hooks["response"], []
    known = {"If-None-Match": first.headers["etag"]}
    assert (await client.get(url, headers=known)).status_code == 304
    client.event_hooks["response"] = checks
    await client.put(f"/assets/{asset['uid']}", files={"file": ("new.svg", svg("blue"))})
    changed = await client.get(url, headers=known)
    assert (changed.status_code, await colour(client, {"url": url})) == (200, BLUE)


async def test_both_document_engines_draw_an_asset(client: httpx2.AsyncClient) -> None:
    await uploaded(client, "photo.png", png(RED))
    uid = await stored(client, "<img src=\"{{ asset('photo.png') }}\">")
    for engine in ("chromium", "weasyprint"):
        body = {"template": uid, "options": {"engine": engine}}
        made = (await client.post("/pdf/render", json=body)).json()
        assert made["warnings"] == [], engine
        data = (await client.get(made["url"])).content
        assert re.search(rb"/Subtype\s*/Image", data), engine


@pytest.mark.parametrize("name", [{}, {"name": "a.svg"}])
async def test_what_is_no_address_is_refused_as_one(
    client: httpx2.AsyncClient, name: dict[str, str]
) -> None:
    answer = await client.post("/assets", json={"url": "http://[x/a.svg", **name})
    assert (answer.status_code, answer.json()["code"]) == (422, "blocked-url")


async def test_an_unknown_name_is_refused_with_the_nearest_that_there_is(
    client: httpx2.AsyncClient,
) -> None:
    await uploaded(client, "logo.svg", svg("red"))
    answer = await client.post("/templates", json={"html": "{{ asset('logo.svgg') }}"})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "asset_not_found")
    assert (problem["asset"], problem["suggestion"]) == ("logo.svgg", "logo.svg")
    uid = await stored(client, "<p>{{ asset(which) }}")
    answer = await client.post(f"/templates/{uid}/render", json={"variables": {"which": "logo"}})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "asset_not_found")
    assert (problem["line"], problem["suggestion"]) == (1, "logo.svg")
    body = {"html": "{{ asset('logo.svgg') }}{{ x }}", "variables": {"x": 1}}
    answer = await client.post("/image", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "asset_not_found")


async def test_what_templates_name_is_not_deleted_or_renamed(
    client: httpx2.AsyncClient, house: House
) -> None:
    asset = await uploaded(client, "logo.svg", svg("red"))
    inner = await stored(client, "<i>{{ asset('logo.svg') }}</i>", name="inner")
    outer = await stored(client, "{% include 'inner' %}", name="outer")
    place = f"/assets/{asset['uid']}"
    users = (await client.get(place)).json()["users"]
    assert {one["templateUid"] for one in users} == {inner, outer}
    for answer in (await client.delete(place), await client.put(place, json={"name": "a.svg"})):
        assert (answer.status_code, answer.json()["code"]) == (409, "asset_in_use")
        assert {one["name"] for one in answer.json()["users"]} == {"inner", "outer"}
    assert (await client.put(f"/templates/{outer}", json={"html": "<p>"})).status_code == 200
    assert (await client.delete(f"/templates/{inner}")).status_code == 200
    before = (await house.counts())["objects"]
    assert (await client.delete(place)).status_code == 200
    assert (await client.get(place)).status_code == 404
    assert (await house.counts())["objects"] == before - 1
    answer = await client.put(f"/templates/{outer}", json={"html": "{{ asset('logo.svg') }}"})
    assert answer.json()["code"] == "asset_not_found"


async def test_the_same_bytes_are_kept_once_and_go_with_their_last_name(
    client: httpx2.AsyncClient, house: House
) -> None:
    first = await uploaded(client, "one.svg", svg("red"))
    second = await uploaded(client, "two.svg", svg("red"))
    assert first["digest"] == second["digest"]
    assert (await house.counts())["objects"] == 1
    await client.delete(f"/assets/{first['uid']}")
    found = await client.get(f"/assets/{second['uid']}/content")
    assert (found.content, (await house.counts())["objects"]) == (svg("red"), 1)
    await client.delete(f"/assets/{second['uid']}")
    assert (await house.counts())["objects"] == 0


async def test_a_name_is_there_once(client: httpx2.AsyncClient, house: House) -> None:
    await uploaded(client, "logo.svg", svg("red"))
    for data in (svg("red"), svg("blue")):
        again = await client.post("/assets", files={"file": ("logo.svg", data)})
        assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert (await house.counts())["objects"] == 1
    await uploaded(client, "logo.svg", svg("blue"), name="other.svg", tags="a, b")


async def test_assets_are_listed_by_kind_name_and_tag(client: httpx2.AsyncClient) -> None:
    await uploaded(client, "Logo.svg", svg("red"), tags="brand, 2026")
    await uploaded(client, "rows.csv", b"name,price\nAda,3\n")
    await uploaded(client, "rows.json", b'{"a": 1}')
    await uploaded(client, "rows.jsonl", b'{"a": 1}\n{"a": 2}\n')

    async def names(**query: Any) -> list[str]:
        answer = await client.get("/assets", params=query)
        return [one["name"] for one in answer.json()["assets"]]

    assert await names() == ["rows.jsonl", "rows.json", "rows.csv", "Logo.svg"]
    assert await names(kind="image") == ["Logo.svg"]
    assert await names(q="LOGO") == ["Logo.svg"]
    assert await names(tag="2026") == ["Logo.svg"]
    assert await names(tag="202") == []
    page = (await client.get("/assets", params={"limit": 3, "page": 2})).json()
    assert (len(page["assets"]), page["pagination"]["total"]) == (1, 4)
    types = {
        one["name"]: one["mediaType"] for one in (await client.get("/assets")).json()["assets"]
    }
    assert types == {
        "Logo.svg": "image/svg+xml",
        "rows.csv": "text/csv",
        "rows.json": "application/json",
        "rows.jsonl": "application/jsonl",
    }


async def test_an_svg_is_only_ever_saved_and_a_picture_is_shown(client: httpx2.AsyncClient) -> None:
    hostile = svg("red").replace(b"<rect", b"<script>alert(1)</script><rect")
    made = await uploaded(client, "logo.svg", hostile)
    headers = (await client.get(f"/assets/{made['uid']}/content")).headers
    assert headers["content-disposition"].startswith("attachment")
    assert headers["content-security-policy"] == "sandbox"
    assert headers["x-content-type-options"] == "nosniff"
    shown = await uploaded(client, "a.png", png(RED))
    answer = await client.get(f"/assets/{shown['uid']}/content")
    assert answer.headers["content-disposition"].startswith("inline")
    client.event_hooks["response"] = []  # the document tells of bodies; a 304 has none
    sent = {"If-None-Match": answer.headers["etag"]}
    assert (await client.get(f"/assets/{shown['uid']}/content", headers=sent)).status_code == 304


REFUSED = {
    "nothing": (b"", "asset_refused", "empty"),
    "a page": (b"<!doctype html><p>hello", "asset_refused", "no kind"),
    "a program": (b"\x7fELF" + b"\0" * 40, "asset_refused", "no kind"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "asset_refused", "JPEG"),
    "prose": (b"just one line of words", "asset_refused", "no kind"),
    "broken lines": (b'{"a": 1}\n{"a": \n', "asset_refused", "Line 2"),
    "comments and no end": (b"<!---->" * 1000 + b"x", "asset_refused", "no kind"),
    "spaces and no end": (b"<!-- -->" + b" " * 8000 + b"<", "asset_refused", "no kind"),
    "a broken font": (b"\0\1\0\0" + b"\0" * 50, "unreadable_font", "font"),
    "a broken picture": (png(RED)[:50], "unreadable_image", "broken"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_refused_is_told_why_and_leaves_nothing(
    client: httpx2.AsyncClient, house: House, case: str
) -> None:
    data, code, told = REFUSED[case]
    answer = await client.post("/assets", files={"file": ("logo.svg", data)})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, code)
    assert told in problem["detail"]
    assert (await house.counts())["objects"] == 0


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
async def test_a_table_may_end_its_lines_as_it_likes(client: httpx2.AsyncClient, end: str) -> None:
    data = end.join(("name,size", 'a,"1', '2"')).encode()
    assert (await uploaded(client, "table.csv", data))["mediaType"] == "text/csv"


async def test_a_line_of_json_may_hold_a_separator_of_lines(client: httpx2.AsyncClient) -> None:
    data = '{"a": "one\u2028two"}\n\n{"a": 1}\r\n'.encode()
    assert (await uploaded(client, "rows.jsonl", data))["mediaType"] == "application/jsonl"


async def test_a_bad_upload_names_its_field(client: httpx2.AsyncClient) -> None:
    two = [("files", ("a.svg", svg("red"))), ("files", ("b.svg", svg("red")))]
    for call in (
        client.post("/assets", json={}),
        client.post("/assets", files=two),
        client.post("/assets", files={"file": ("a.svg", svg("red"))}, data={"name": "../a"}),
        client.post("/assets", files={"file": ("§", svg("red"))}),
        client.put("/assets/ast_x", json={"focalPoint": {"x": 2, "y": 0}}),
    ):
        answer = await call
        assert answer.status_code == 400, answer.text
        assert answer.json()["errors"][0]["field"]


async def test_bytes_of_assets_are_no_orphans(client: httpx2.AsyncClient, house: House) -> None:
    made = await uploaded(client, "logo.svg", svg("red"))
    await house.artifacts.upload("ws", b"lost", media_type="image/png", extension="png")
    young = timedelta(seconds=-1)
    sweep = Orphans(house.db, house.store, young, (assets.c.object_key,)).sweep
    assert await sweep() == 1
    assert (await client.get(f"/assets/{made['uid']}/content")).content == svg("red")


def squares(family: str, weight: int = 400) -> bytes:
    """A font in which every letter is a full square, under a name that nobody else has."""
    pen = TTGlyphPen(None)
    for x, y in ((0, -500), (0, 2500), (2500, 2500), (2500, -500)):
        (pen.lineTo if (x, y) != (0, -500) else pen.moveTo)((x, y))
    pen.closePath()
    square = pen.glyph()
    builder = FontBuilder(2048, isTTF=True)
    builder.setupGlyphOrder([".notdef", "A"])
    builder.setupCharacterMap({65: "A"})
    builder.setupGlyf({".notdef": square, "A": square})
    builder.setupHorizontalMetrics({".notdef": (2500, 0), "A": (2500, 0)})
    builder.setupHorizontalHeader(ascent=2500, descent=-500)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(usWeightClass=weight, sTypoAscender=2500, sTypoDescender=-500)
    builder.setupPost()
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


LETTER = "<style>body{margin:0}p{margin:0;color:red;font:20px 'House Sans'}</style><p>A</p>"
LANES = {
    "template": LETTER + "{{ x }}",
    "a font that data name": LETTER.replace("'House Sans'", "'{{ font }}'"),
    "scripts": LETTER + "<script>var n = 1</script>{{ x }}",
    "a whole document": f"<!-- c --><!doctype html><html lang='en'><head>{LETTER}{{{{ x }}}}",
}


@pytest.mark.parametrize("lane", LANES)
async def test_an_uploaded_font_is_used_by_its_family(
    client: httpx2.AsyncClient, lane: str
) -> None:
    uid = await stored(client, LANES[lane])
    data = {"font": "House Sans"} if "data" in lane else {}
    body = {"variables": data, "now": "2026-01-01T00:00:00Z"}
    assert await colour(client, await drawn(client, uid, **body)) != RED
    made = await uploaded(client, "house.ttf", squares("House Sans"))
    assert made["font"] == {
        "family": "House Sans",
        "weight": [400, 400],
        "style": "normal",
        "glyphs": 2,
    }
    result = await drawn(client, uid, **body)
    assert (await colour(client, result), result["hit"]) == (RED, False)


async def test_a_number_of_any_length_is_drawn_where_there_are_fonts(
    client: httpx2.AsyncClient,
) -> None:
    await uploaded(client, "house.ttf", squares("House Sans"))
    uid = await stored(client, "<p>{{ x }}")
    assert (await drawn(client, uid, variables={"x": 10**30}))["warnings"] == []


async def test_raw_html_and_print_documents_use_an_uploaded_font_too(
    client: httpx2.AsyncClient,
) -> None:
    await uploaded(client, "house.ttf", squares("House Sans"))
    made = (await client.post("/image", json={"html": LETTER, **SIZE})).json()
    assert await colour(client, made) == RED
    for engine in ("chromium", "weasyprint"):
        body = {"html": LETTER, "options": {"engine": engine}}
        made = (await client.post("/pdf/render", json=body)).json()
        page = PdfReader(io.BytesIO((await client.get(made["url"])).content)).pages[0]
        fonts = [font.get_object()["/BaseFont"] for font in page["/Resources"]["/Font"].values()]
        # Chromium calls every font that it loaded by the name of its sanitiser.
        assert any("House" in name or "OTS-derived" in name for name in fonts), (engine, fonts)


async def test_a_family_may_be_called_as_it_likes(client: httpx2.AsyncClient) -> None:
    family = 'A"</style><b>\\;}'
    await uploaded(client, "odd.ttf", squares(family))
    html = f"<p>x</p><!-- {family} -->"
    made = (await client.post("/image", json={"html": html, **SIZE})).json()
    assert made["warnings"] == []


def photo(detail: int) -> bytes:
    """A grey picture of 120 x 40 with a red and blue pattern round column `detail`."""
    picture = Image.new("RGB", (120, 40), (128, 128, 128))
    for x in range(detail - 10, detail + 10):
        for y in range(10, 30):
            picture.putpixel((x, y), RED if (x // 2 + y // 2) % 2 else BLUE)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def share_of_grey(data: bytes) -> float:
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    pixels = [picture.getpixel((x, y)) for x in range(picture.width) for y in range(picture.height)]
    return sum(max(one) - min(one) < 20 for one in pixels) / len(pixels)  # type: ignore[arg-type,type-var]


async def test_a_photograph_is_cut_round_what_matters(client: httpx2.AsyncClient) -> None:
    asset = await uploaded(client, "photo.png", photo(100))
    source = (
        "<body style='margin:0'><img width=40 src=\"{{ asset('photo.png') | crop(40, 40%s) }}\">"
    )
    size = {"width": 40, "height": 40}

    async def grey(focus: str) -> float:
        uid = await stored(client, source % focus, **size)
        result = await drawn(client, uid)
        assert result["warnings"] == []
        return share_of_grey((await client.get(result["url"])).content)

    assert await grey("") == 1
    assert await grey(", 'center'") == 1
    assert await grey(", 'smart'") < 0.8
    assert await grey(", {'x': 1, 'y': 0.5}") < 0.8
    place = f"/assets/{asset['uid']}"
    told = await client.put(place, json={"focalPoint": {"x": 0.85, "y": 0.5}})
    assert told.json()["asset"]["focalPoint"] == {"x": 0.85, "y": 0.5}
    assert await grey("") < 0.8
    await client.put(place, json={"focalPoint": None})
    assert await grey("") == 1


async def test_a_photograph_that_came_as_data_is_cut_too(client: httpx2.AsyncClient) -> None:
    source = "<body style='margin:0'><img width=40 src=\"{{ crop(photo, 40, 40, 'smart') }}\">"
    uid = await stored(client, source, width=40, height=40, variableDefinitions=[PHOTO])
    given = b64encode(photo(100)).decode()
    folded = "\n".join(given[at : at + 76] for at in range(0, len(given), 76))
    for data in (given, folded):
        result = await drawn(client, uid, variables={"photo": f"data:image/png;base64,{data}"})
        assert result["warnings"] == []
        assert share_of_grey((await client.get(result["url"])).content) < 0.8
    options = {"engine": "weasyprint"}
    variables = {"photo": f"data:image/png;base64,{given}"}
    body = {"html": source, "variables": variables, "options": options}
    made = (await client.post("/pdf/render", json=body)).json()
    page = PdfReader(io.BytesIO((await client.get(made["url"])).content)).pages[0]
    assert [(one.image.width, one.image.height) for one in page.images if one.image] == [(40, 40)]
    large = Image.effect_noise((700, 700), 100)  # more than a megabyte of what cannot be packed
    out = io.BytesIO()
    Image.merge("RGB", (large, large.rotate(90), large.rotate(180))).save(out, "PNG")
    big = f"data:image/png;base64,{b64encode(out.getvalue()).decode()}"
    assert (await drawn(client, uid, variables={"photo": big}))["warnings"] == []
    place = f"/templates/{uid}/render"
    for lost in ("data:image/png;base64,AAAA", "data:image/png;base64,AAA"):
        answer = await client.post(place, json={"variables": {"photo": lost}})
        assert (answer.status_code, answer.json()["code"]) == (422, "image_missing"), answer.text
    over = {"photo": f"data:image/png;base64,{'A' * 2_000_000}"}
    answer = await client.post(place, json={"variables": over})
    assert (answer.status_code, answer.json()["code"]) == (422, "expression_error")
    assert "1.4 MB" in answer.json()["detail"]


async def test_what_cannot_be_cut_says_why(client: httpx2.AsyncClient) -> None:
    await uploaded(client, "logo.svg", svg("red"))
    uid = await stored(client, "<img src=\"{{ asset('logo.svg') | crop(4, 4) }}\">x")
    codes = [one["code"] for one in (await drawn(client, uid))["warnings"]]
    assert "asset_failed" in codes
    for bad in (
        "crop('x.png', 4, 4)",
        "crop(asset('logo.svg'), 0, 4)",
        "crop(asset('logo.svg'), 4, 4, 'left')",
    ):
        uid = await stored(client, f"{{{{ {bad} }}}}")
        answer = await client.post(f"/templates/{uid}/render", json={})
        assert (answer.status_code, answer.json()["code"]) == (422, "expression_error")


PHOTO = {"name": "photo", "type": "image"}
MISSING = {
    "a server that refuses": "http://127.0.0.1:9/photo-1.jpg",
    "no picture": "data:image/png;base64,AAAA",
}


@pytest.mark.parametrize("case", MISSING)
async def test_a_missing_photograph_is_refused_unless_asked_for(
    client: httpx2.AsyncClient, case: str
) -> None:
    source = '<p>text</p><img src="{{ photo }}">'
    uid = await stored(client, source, variableDefinitions=[PHOTO])
    place, body = f"/templates/{uid}/render", {"variables": {"photo": MISSING[case]}}

    async def refused() -> None:
        answer = await client.post(place, json=body)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "image_missing")
        assert problem["errors"][0]["field"] == "variables.photo"

    await refused()
    result = await drawn(client, uid, **body, onMissing="empty")
    assert {"image_failed", "blocked_request"} & {one["code"] for one in result["warnings"]}
    await refused()
    lenient = PHOTO | {"validation": {"onMissing": "empty"}}
    changed = await client.put(f"/templates/{uid}", json={"variableDefinitions": [lenient]})
    rules = changed.json()["template"]["variableDefinitions"][0]["validation"]
    assert rules["onMissing"] == "empty"
    assert (await client.post(place, json=body)).status_code == 200
    guessed = await stored(client, source)
    assert (await client.post(f"/templates/{guessed}/render", json=body)).status_code == 200


_FORMAT = {"type": "string", "format": "image"}
_TEAM = {
    "name": "team",
    "type": "array",
    "validation": {"schema": {"items": {"properties": {"name": {}, "photo": _FORMAT}}}},
}
_SHOP = {
    "name": "shop",
    "type": "object",
    "validation": {"schema": {"properties": {"views": {"items": _FORMAT}}}},
}
_GALLERY = (
    "{% for one in team %}<img src='{{ one.photo }}'>{% endfor %}"
    "{% for view in shop.views %}<img src='{{ view }}'>{% endfor %}"
)


@pytest.mark.parametrize("case", MISSING)
async def test_a_missing_photograph_inside_of_a_list_or_an_object_is_refused_by_its_path(
    client: httpx2.AsyncClient, case: str
) -> None:
    lost, kept = MISSING[case], f"data:image/png;base64,{b64encode(png((9, 9, 9))).decode()}"
    uid = await stored(client, _GALLERY, variableDefinitions=[_TEAM, _SHOP])
    place = f"/templates/{uid}/render"
    team = [{"name": "Ada", "photo": kept}, {"name": lost}, {"name": "Bob", "photo": lost}]
    body = {"variables": {"team": team, "shop": {"views": [kept, lost], "sign": lost}}}
    answer = await client.post(place, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "image_missing")
    fields = [one["field"] for one in answer.json()["errors"]]
    assert fields == ["variables.team.2.photo", "variables.shop.views.1"]
    await drawn(client, uid, **body, onMissing="empty")
    lenient = [
        one | {"validation": one["validation"] | {"onMissing": "empty"}} for one in (_TEAM, _SHOP)
    ]
    await client.put(f"/templates/{uid}", json={"variableDefinitions": lenient})
    assert (await client.post(place, json=body)).status_code == 200
