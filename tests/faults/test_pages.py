"""Pages that do what they should not: each costs itself alone, within its time."""

import asyncio
import io
import time
from collections.abc import Awaitable

import pytest
from PIL import Image
from support.pixels import letters_of
from support.rendering import Draw
from support.site import Site, answer, until

from core.errors import PlatenError
from renderer.engine import Renderer
from renderer.errors import PageCrashedError, UnsupportedContentError
from renderer.request import AnimationOptions, HtmlSource, PictureOptions, UrlSource, Wait

from .conftest import Pages

BARE = "<!doctype html><style>*{margin:0;padding:0}</style>"
SMALL = PictureOptions(width=4, height=2)
GREEN = "GGGG\nGGGG"
DONE = "<script>document.body.style.background = '#0f0'</script>"


async def _draws_green(draw: Draw) -> None:
    result = await draw(BARE + "<body style='background:#0f0'>", SMALL)
    assert letters_of(result.data) == GREEN


async def test_P02_an_endless_animation_becomes_a_gif_of_the_duration_that_was_asked_for(
    draw: Draw,
) -> None:
    page = BARE + (
        "<style>@keyframes m{from{background:#f00}to{background:#0f0}}"
        "body{animation:m 7s linear infinite alternate}</style>"
    )
    options = AnimationOptions(width=8, height=4, duration_ms=400, frames_per_second=10)
    result = await draw(page, options)
    assert (result.frames, result.duration_ms) == (4, 400)


async def test_P03_a_script_that_never_arrives_costs_its_resource_and_not_the_page(
    draw: Draw,
) -> None:
    async def silent(_asked: object, reader: asyncio.StreamReader, _writer: object) -> None:
        await reader.read()

    async with Site(silent) as mute:  # not allowed: a refusal must be as quick as an answer
        page = f"{BARE}<body>{DONE}<script src='{mute.url('/late.js')}'></script>"
        began = time.monotonic()
        result = await draw(page, SMALL, javascript=True, timeout=10)
        assert letters_of(result.data) == GREEN
        assert time.monotonic() - began < 12
        assert mute.asked == []


@pytest.mark.parametrize(
    "script",
    [
        "onbeforeunload = e => { e.returnValue = 'stay' }; for (let i = 0; i < 50; i++) alert(i)",
        "addEventListener('pagehide', () => { for (;;) prompt('again?') })",
        "setInterval(() => { while (confirm('once more?')); }, 1)",
        "onbeforeunload = () => 'stay'; location.reload = null; print()",
    ],
)
async def test_P09_dialogs_without_end_hold_nothing_up(
    renderer: Renderer, draw: Draw, script: str
) -> None:
    page = f"{BARE}<body>{DONE}<script>{script}</script>"
    result = await draw(page, SMALL, javascript=True, timeout=10)
    assert letters_of(result.data) == GREEN
    await until(lambda: renderer.pressure().running == 0, 3)


async def test_P10_a_thousand_popups_stay_closed(renderer: Renderer, draw: Draw) -> None:
    page = (
        f"{BARE}<body><a target=_blank href='about:blank'>x</a><script>let open_ones = 0;"
        "for (let i = 0; i < 1000; i++) { const w = window.open('about:blank', 'w' + i);"
        "if (w && !w.closed) open_ones++; document.querySelector('a').click(); }"
        f"</script>{DONE}"
    )
    result = await draw(page, SMALL, javascript=True, timeout=20)
    assert letters_of(result.data) == GREEN
    await until(lambda: renderer.pressure().running == 0, 5)
    await _draws_green(draw)


async def test_P11_what_is_for_saving_is_no_page_and_leaves_no_file(
    draw: Draw, site: Site, pages: Pages
) -> None:
    pages["/save"] = answer("<p>x", Content_Disposition="attachment; filename=x.html")
    pages["/binary"] = answer(b"\0\1\2", kind="application/x-unknown")
    for path in ("/save", "/binary"):
        with pytest.raises(UnsupportedContentError) as raised:
            await draw(UrlSource(site.url(path)), SMALL, javascript=True, timeout=10)
        assert raised.value.status == 422
    script = f"{BARE}<body>{DONE}<a download href='{site.url('/save')}'>x</a>"
    page = f"{script}<script>document.querySelector('a').click()</script>"
    assert letters_of((await draw(page, SMALL, javascript=True)).data) == GREEN


async def test_P14_a_page_that_grows_as_it_is_looked_at_is_cut_with_a_warning(draw: Draw) -> None:
    page = (
        f"{BARE}<body style='background:#0f0'><script>const grow = () => {{"
        "const more = document.createElement('div'); more.style.height = '3000px';"
        "document.body.append(more); }; grow(); grow(); addEventListener('scroll', grow);"
        "addEventListener('resize', grow); new IntersectionObserver(grow).observe(document.body);"
        "new ResizeObserver(() => setTimeout(grow)).observe(document.body)</script>"
    )
    options = PictureOptions(width=8, height=8, full_page=True, max_height=4000)
    result = await draw(page, options, javascript=True, timeout=15)
    assert (result.width, result.height) == (8, 4000)
    assert "truncated_height" in {warning.code for warning in result.warnings}


GIANTS = {
    "canvas": "for (let i = 0; i < 200; i++) { const c = document.createElement('canvas');"
    "c.width = c.height = 16384; c.getContext('2d').fillRect(0, 0, 16384, 16384); keep.push(c) }",
    "wasm": "for (let i = 0; i < 64; i++) { const m = new WebAssembly.Memory({initial: 65536});"
    "new Uint8Array(m.buffer).fill(1); keep.push(m) }",
    "webgl": "for (let i = 0; i < 64; i++) { const c = document.createElement('canvas');"
    "c.width = c.height = 8192; const g = c.getContext('webgl'); if (!g) break;"
    "g.clear(g.COLOR_BUFFER_BIT); keep.push(c, g) }",
    "arraybuffer": "for (;;) keep.push(new Uint8Array(1 << 30).fill(1))",
    "imagedata": "for (;;) keep.push(new ImageData(16384, 16384))",
}


@pytest.mark.parametrize("giant", [
    "webgl", *(pytest.param(name, marks=pytest.mark.full) for name in GIANTS if name != "webgl"),
])  # fmt: skip
async def test_P17_a_giant_of_pixels_or_memory_fails_alone(
    renderer: Renderer, draw: Draw, giant: str
) -> None:
    """What does not fail is drawn; either way the page is gone and the next one is drawn."""
    page = f"{BARE}<body><script>const keep = []; try {{ {GIANTS[giant]} }} catch (e) {{}}</script>"
    began = time.monotonic()
    code = await _code_of(draw(page + DONE, SMALL, javascript=True, timeout=6))
    assert code in {"", "page_crashed", "render_timeout", "engine_crashed"}
    assert time.monotonic() - began < 8
    await until(lambda: renderer.pressure().running == 0, 3)
    await _draws_green(draw)


async def _code_of(render: Awaitable[object]) -> str:
    """The code of the error that a render ends with, empty if it succeeds."""
    try:
        await render
    except PlatenError as error:
        return error.code
    return ""


@pytest.mark.full
async def test_P16_a_heap_bomb_is_told_as_a_page_that_used_too_much(draw: Draw) -> None:
    page = "<body><script>const a = []; for (;;) a.push(new Array(1e7).fill({}))</script>"
    with pytest.raises(PlatenError) as raised:
        await draw(page, SMALL, javascript=True, timeout=40)
    assert raised.value.code in {PageCrashedError.code, "render_timeout"}
    await _draws_green(draw)


FONT_SIZE = 50_000_000


async def test_P24_a_font_of_50_MB_is_cut_and_the_text_has_another_one(
    draw: Draw, site: Site, pages: Pages
) -> None:
    pages["/huge.woff2"] = answer(
        bytes(FONT_SIZE), kind="font/woff2", Access_Control_Allow_Origin="*"
    )
    face = f"@font-face{{font-family:own;src:url('{site.url('/huge.woff2')}')}}"
    page = f"{BARE}<style>{face}p{{font:20px own}}</style><p>words"
    for javascript in (False, True):
        result = await draw(page, PictureOptions(width=80, height=30), javascript=javascript)
        assert _ink(result.data) > 20
        assert "blocked_request" in {warning.code for warning in result.warnings}


def _ink(data: bytes) -> int:
    """How many pixels carry something dark."""
    image = Image.open(io.BytesIO(data)).convert("RGBA")
    return sum(image.getchannel("A").histogram()[128:])


TEXT = "Größe 日本 中文"
CODED = {
    "utf-8 by header": (TEXT.encode(), "text/html; charset=utf-8"),
    "utf-8 by mark": (b"\xef\xbb\xbf" + TEXT.encode(), "text/html"),
    "utf-8 by meta": (b"<meta charset=utf-8>" + TEXT.encode(), "text/html"),
    "utf-16 by mark": (b"\xff\xfe" + TEXT.encode("utf-16-le"), "text/html"),
    "utf-16 by header": (TEXT.encode("utf-16-be"), "text/html; charset=utf-16be"),
    "gbk by header": ("中文".encode("gbk"), "text/html; charset=gbk"),
    "gbk by meta": (b"<meta charset=gbk>" + "中文".encode("gbk"), "text/html"),
}


@pytest.mark.parametrize("coding", CODED)
async def test_P26_a_page_in_any_encoding_is_read_by_the_rules_of_the_web(
    draw: Draw, site: Site, pages: Pages, coding: str
) -> None:
    body, kind = CODED[coding]
    head = "<!doctype html><style>body{margin:0;font:16px sans-serif}</style>"
    encoding = "utf-16-le" if "mark" in coding and "16" in coding else "ascii"
    encoding = "utf-16-be" if kind.endswith("16be") else encoding
    length = {"utf-16 by mark": 2, "utf-8 by mark": 3}.get(coding, 0)
    mark, rest = body[:length], body[length:]
    pages["/coded"] = answer(mark + head.encode(encoding) + rest, kind=kind)
    size = PictureOptions(width=160, height=30, transparent=False)
    drawn = await draw(UrlSource(site.url("/coded")), size)
    shown = "中文" if "gbk" in coding else TEXT
    expected = await draw(f"{head}{shown}", size)
    assert Image.open(io.BytesIO(drawn.data)).tobytes() == (
        Image.open(io.BytesIO(expected.data)).tobytes()
    )


@pytest.mark.parametrize("kind", ["text/html", "text/html; charset=no-such", "text/html; charset="])
async def test_P26_bytes_that_are_no_text_are_drawn_all_the_same(
    draw: Draw, site: Site, pages: Pages, kind: str
) -> None:
    pages["/mixed"] = answer(b"\xff\xfe\xfa<p>a\x80\x81" + TEXT.encode() + b"\xc3(\x00", kind=kind)
    result = await draw(UrlSource(site.url("/mixed")), PictureOptions(width=90, height=40))
    assert (result.width, result.height) == (90, 40)


@pytest.mark.parametrize("javascript", [False, True])
async def test_P31_clock_chance_and_preferences_are_the_same_each_time(
    draw: Draw, javascript: bool
) -> None:
    page = BARE + (
        "<style>p{transition:all 3s;animation:k 3s}@keyframes k{to{opacity:.2}}</style><p id=p>x"
        "<script>p.textContent = [Date.now(), new Date(), navigator.languages, matchMedia("
        "'(prefers-reduced-motion)').matches, Intl.DateTimeFormat().resolvedOptions().timeZone]"
        "</script>"
    )
    options = PictureOptions(width=300, height=40)
    first = await draw(page, options, javascript=javascript)
    assert (await draw(page, options, javascript=javascript)).data == first.data


@pytest.mark.parametrize(
    "page",
    [
        "<script>while (1) {}</script>",
        "<script>/(a+)+$/.test('a'.repeat(99) + 'b')</script>",
        "<script>Promise.resolve().then(function f() { return Promise.resolve().then(f) })</script>",
    ],
)
async def test_promise_P5_a_page_that_hangs_or_crashes_costs_only_itself(
    renderer: Renderer, draw: Draw, page: str
) -> None:
    """Others go on beside it, and its slot is back within 2 s of the deadline."""
    timeout = 1.5
    bad = asyncio.create_task(draw(page, SMALL, javascript=True, timeout=timeout))
    deadline = time.monotonic() + timeout
    for _ in range(5):
        await _draws_green(draw)
    with pytest.raises(PlatenError):
        await bad
    await until(lambda: renderer.pressure().running == 0, 3)
    assert time.monotonic() < deadline + 2
    assert renderer.pressure().browsers >= 1


async def test_a_page_that_waits_for_what_never_comes_ends_at_its_deadline(draw: Draw) -> None:
    began = time.monotonic()
    with pytest.raises(PlatenError) as raised:
        await draw(HtmlSource("<p>x"), PictureOptions(wait=Wait(selector="#no")), timeout=1.0)
    assert raised.value.code == "render_timeout"
    assert time.monotonic() - began < 3
