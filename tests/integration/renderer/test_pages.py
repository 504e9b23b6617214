"""Pages: their scripts, their assets, their addresses, and what stays behind between them."""

import io
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from PIL import Image
from support.pixels import letters_of
from support.rendering import ENVIRONMENT, NOW, Draw
from support.site import Asked, Site, answer

from egress.errors import FetchFailedError
from renderer.errors import PageFailedError, SelectorNotFoundError, UnsupportedContentError
from renderer.request import (
    Cookie,
    DocumentOptions,
    Environment,
    HtmlSource,
    PictureOptions,
    TemplateSource,
    UrlSource,
    Wait,
)

RED, GREEN = "\n".join(["RRRR"] * 2), "\n".join(["GGGG"] * 2)
SMALL = PictureOptions(width=4, height=2)
BARE = "<!doctype html><style>*{margin:0}img{display:block}</style>"


def _png(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 2), colour).save(out, "PNG")
    return out.getvalue()


async def _serve(asked: Asked, _reader: object, _writer: object) -> bytes:
    path = asked.path.partition("?")[0]
    pages = {
        "/green.png": answer(_png("#00ff00"), kind="image/png"),
        "/red.css": answer("body{background:#f00}", kind="text/css"),
        "/page": answer(BARE + "<link rel=stylesheet href=/red.css><p>page"),
        "/script": answer(BARE + "<body><script>document.body.style.background='#0f0'</script>"),
        "/late": answer(
            BARE + "<body style='background:#f00'><script>setTimeout(() => {"
            "document.body.style.background='#0f0';document.body.id='done'}, 300)</script>"
        ),
        "/echo": answer(
            BARE
            + f"<body style='background:{'#0f0' if asked.headers.get('x-shade') == 'green' and 'tea=green' in asked.headers.get('cookie', '') else '#f00'}'>"
        ),
        "/download": answer("x", kind="application/octet-stream", Content_Disposition="attachment"),
        "/loop": answer(status="302 Found", Location="/loop"),
        "/nowhere": answer(status="302 Found", Location="//[x"),
        "/odd": answer("down", status="209 z"),
    }
    return pages.get(path, answer("gone", status="404 Not Found"))


@pytest.fixture(scope="module")
async def site() -> AsyncGenerator[Site]:
    async with Site(_serve) as served:
        yield served


@pytest.fixture(scope="module")
def allowed(site: Site) -> list[str]:
    return [site.place]


async def test_a_page_of_the_web_is_captured_with_its_style_sheet(draw: Draw, site: Site) -> None:
    result = await draw(UrlSource(site.url("/page")), SMALL)
    assert Image.open(io.BytesIO(result.data)).convert("RGB").getpixel((3, 1)) == (255, 0, 0)


async def test_scripts_run_only_when_they_may(draw: Draw, site: Site) -> None:
    on = await draw(UrlSource(site.url("/script")), SMALL, javascript=True)
    off = await draw(UrlSource(site.url("/script")), SMALL)
    assert (letters_of(on.data), letters_of(off.data)) == (GREEN, "....\n....")


async def test_scripts_of_a_document_run_only_when_they_may(draw: Draw) -> None:
    html = (
        BARE
        + "<body><img src=x onerror=\"document.body.style.background='#f00'\"><script>document.body.style.background='#0f0'</script>"
    )
    plain = await draw(html, SMALL)
    assert "R" not in letters_of(plain.data)
    assert "G" not in letters_of(plain.data)
    html = BARE + "<body><script>document.body.style.background='#0f0'</script>"
    assert letters_of((await draw(html, SMALL, javascript=True)).data) == GREEN


@pytest.mark.parametrize(
    "wait",
    [
        Wait(selector="#done"),
        Wait(function="() => document.body.id === 'done'"),
        Wait(timeout_ms=700),
    ],
)
async def test_a_page_is_waited_for_as_asked(draw: Draw, site: Site, wait: Wait) -> None:
    options = PictureOptions(width=4, height=2, wait=wait)
    result = await draw(UrlSource(site.url("/late")), options, javascript=True)
    assert letters_of(result.data) == GREEN


async def test_headers_and_cookies_reach_the_page(draw: Draw, site: Site) -> None:
    environment = Environment(
        now_us=NOW, headers={"X-Shade": "green"}, cookies=(Cookie("tea", "green", "127.0.0.1"),)
    )
    result = await draw(UrlSource(site.url("/echo")), SMALL, environment=environment)
    assert letters_of(result.data) == GREEN


async def test_a_page_without_scripts_gets_its_assets_through_our_client(
    draw: Draw, site: Site
) -> None:
    html = (
        BARE + f"<img src='{site.url()}green.png'><link rel=stylesheet href='{site.url()}red.css'>"
    )
    result = await draw(html, PictureOptions(width=6, height=2))
    assert letters_of(result.data) == "\n".join(["GGGGRR"] * 2)
    assert not result.warnings


async def test_a_missing_asset_is_a_warning(draw: Draw, site: Site) -> None:
    result = await draw(BARE + f"<img src='{site.url()}nothing.png'>", SMALL)
    assert "asset_failed" in {one.code for one in result.warnings}


@pytest.mark.parametrize("javascript", [False, True])
async def test_a_private_address_is_not_reached_and_said_so(draw: Draw, javascript: bool) -> None:
    async with Site(_serve) as private:
        home = private.url()
        html = BARE + f"<img src='{home}green.png'><iframe src='{home}page'></iframe>"
        result = await draw(html, SMALL, javascript=javascript)
        assert private.asked == []
    assert {"blocked_request", "asset_failed"} & {one.code for one in result.warnings}
    assert "G" not in letters_of(result.data)


async def test_a_private_page_is_not_captured(draw: Draw) -> None:
    async with Site(_serve) as private:
        with pytest.raises(Exception) as caught:
            await draw(UrlSource(private.url("/page")), SMALL)
        assert private.asked == []
    assert getattr(caught.value, "code", "") == "blocked-url"


async def test_P08_a_redirect_without_end_is_the_pages_fault(draw: Draw, site: Site) -> None:
    with pytest.raises(FetchFailedError, match=r"(?i)redirect"):
        await draw(UrlSource(site.url("/loop")), SMALL)


async def test_P11_a_download_is_no_page(draw: Draw, site: Site) -> None:
    with pytest.raises(UnsupportedContentError):
        await draw(UrlSource(site.url("/download")), SMALL)


async def test_files_of_the_request_are_found_by_relative_names(draw: Draw) -> None:
    source = HtmlSource(BARE + "<img src=img/a.png><link rel=stylesheet href='s.css'>", {
        "img/a.png": _png("#00ff00"), "s.css": b"body{background:#f00}",
    })  # fmt: skip
    for javascript in (False, True):
        result = await draw(source, PictureOptions(width=6, height=2), javascript=javascript)
        assert letters_of(result.data) == "\n".join(["GGGGRR"] * 2)


async def test_P09_dialogs_and_P10_popups_do_not_stand_in_the_way(draw: Draw) -> None:
    html = BARE + (
        "<body><script>for (let i = 0; i < 20; i++) { alert(1); confirm(2); prompt(3);"
        "window.open('about:blank'); } document.body.style.background='#0f0'</script>"
    )
    assert letters_of((await draw(html, SMALL, javascript=True)).data) == GREEN


@pytest.mark.parametrize(
    "marker",
    [
        "<meta http-equiv='Content-Security-Policy' content=\"style-src 'none'\">",
        "<meta name=color-scheme content=dark>",
        "<meta http-equiv=refresh content='0; url=about:blank#x'>",
        "<base href='https://example.invalid/' target=x>",
        "<html style='zoom:3' dir=rtl><body><input autofocus style='position:absolute;top:900px'>",
    ],
)
async def test_nothing_of_one_document_marks_the_next(draw: Draw, marker: str) -> None:
    clean = BARE + "<style>body{background:Canvas;color:CanvasText}</style><p>Aa"
    options = PictureOptions(width=40, height=20, transparent=False)
    before = await draw(clean, options, workspace="stains")
    for _ in range(3):
        await draw("<!doctype html>" + marker + "<p>marked", options, workspace="stains")
        after = await draw(clean, options, workspace="stains")
        assert after.data == before.data


async def test_a_document_without_a_doctype_does_not_make_the_next_one_quirky(draw: Draw) -> None:
    clean = "<!doctype html><style>*{margin:0}body{height:100px}</style><p style='width:4px;height:50%;background:#f00'>"
    before = await draw(clean, SMALL, workspace="quirks")
    await draw("<table><td>quirks", SMALL, workspace="quirks")
    assert (await draw(clean, SMALL, workspace="quirks")).data == before.data


async def test_the_environment_is_what_the_request_says(draw: Draw) -> None:
    html = BARE + (
        "<body><script>const d = new Date(2026, 0, 1);"
        "const ok = navigator.language === 'de-DE' && d.getTimezoneOffset() === -60"
        " && matchMedia('(prefers-color-scheme: dark)').matches;"
        "document.body.style.background = ok ? '#0f0' : '#f00'</script>"
    )
    environment = Environment(
        now_us=NOW, locale="de-DE", timezone="Europe/Berlin", color_scheme="dark"
    )
    result = await draw(html, SMALL, environment=environment, javascript=True)
    assert letters_of(result.data) == GREEN
    assert ENVIRONMENT.locale == "en-US"


async def test_the_moment_of_the_request_is_the_pages_time(draw: Draw) -> None:
    html = BARE + (
        f"<body><script>document.body.style.background = Date.now() === {NOW // 1000} &&"
        f" new Date().getTime() === {NOW // 1000} ? '#0f0' : '#f00'</script>"
    )
    assert letters_of((await draw(html, SMALL, javascript=True)).data) == GREEN


async def test_P04_a_page_that_polls_is_captured_with_a_warning(draw: Draw, site: Site) -> None:
    html = (
        BARE
        + f"<body style='background:#0f0'><script>setInterval(() => fetch('{site.url()}page'), 100)</script>"
    )
    options = PictureOptions(width=4, height=2, wait=Wait(until="networkidle"))
    result = await draw(html, options, javascript=True)
    assert letters_of(result.data) == GREEN
    assert "network_not_idle" in {one.code for one in result.warnings}


async def test_P07_more_requests_than_allowed_are_refused_with_a_warning(
    draw: Draw, site: Site
) -> None:
    pictures = "".join(f"<img src='{site.url()}green.png?{number}'>" for number in range(520))
    result = await draw(BARE + pictures, SMALL)
    assert any("500 requests" in one.message for one in result.warnings)
    assert len(site.asked) < 600


@pytest.mark.parametrize("path", ["/odd", "/nowhere"])
async def test_an_odd_answer_is_a_picture_that_is_missing(
    draw: Draw, site: Site, path: str
) -> None:
    result = await draw(BARE + f"<p>x<img src='http://{site.place}{path}'>", SMALL, timeout=10)
    assert "image_failed" in {one.code for one in result.warnings}


@pytest.mark.parametrize("name", ["green leaf.png", "größe.png", "50%.png"])
async def test_a_file_is_found_whatever_its_name_is(draw: Draw, name: str) -> None:
    page = HtmlSource(BARE + f"<body style='background:#f00'><img src='{name}'>")
    result = await draw(replace(page, files={name: _png("#00ff00")}), SMALL)
    assert letters_of(result.data) == GREEN
    assert result.warnings == ()


@pytest.mark.parametrize("expression", ["document.title === 'x'", "() => document.title === 'x'"])
async def test_a_function_to_wait_for_may_be_an_expression(draw: Draw, expression: str) -> None:
    page = BARE + "<title>x</title><body style='background:#0f0'>"
    result = await draw(page, PictureOptions(width=4, height=2, wait=Wait(function=expression)))
    assert letters_of(result.data) == GREEN


async def test_what_one_section_leaves_no_later_one_hides(draw: Draw) -> None:
    policy = "<meta http-equiv='Content-Security-Policy' content=\"style-src 'none'\">"
    html = "<!doctype html>{% if own %}" + policy + "{% endif %}<p>x"
    sections = TemplateSource(html, variable_sets=({"own": True}, {"own": False}))
    assert (await draw(sections, DocumentOptions())).pages == 2
    page = BARE + "<style>body{background:#0f0}</style>"
    assert letters_of((await draw(page, PictureOptions(width=4, height=2))).data) == GREEN


async def test_a_function_to_wait_for_leaves_nothing_to_the_next_document(draw: Draw) -> None:
    wait = Wait(function="(globalThis.asked = (globalThis.asked || 0) + 1) === 1")
    for _ in range(3):
        page = BARE + "<body style='background:#0f0'>"
        result = await draw(page, PictureOptions(width=4, height=2, wait=wait), timeout=10)
        assert letters_of(result.data) == GREEN


async def test_a_function_that_throws_is_named_without_our_own_lines(draw: Draw) -> None:
    wait = Wait(function="() => nobody.knows")
    with pytest.raises(PageFailedError, match=r"waitForFunction failed.*nobody") as raised:
        await draw(BARE, PictureOptions(width=4, height=2, wait=wait))
    assert "<anonymous>" not in raised.value.message
    assert raised.value.fields[0].field == "waitForFunction"


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (PictureOptions(width=4, height=2, selector="###"), "selector"),
        (PictureOptions(width=4, height=2, wait=Wait(selector="a[")), "waitForSelector"),
    ],
)
async def test_what_is_no_selector_is_named(
    draw: Draw, options: PictureOptions, field: str
) -> None:
    with pytest.raises(
        SelectorNotFoundError, match=f"{field} .* is no valid CSS selector"
    ) as raised:
        await draw(BARE, options)
    assert raised.value.fields[0].field == field
