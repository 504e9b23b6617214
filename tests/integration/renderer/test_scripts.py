"""Documents with scripts: over our own pipe as by Playwright, at the moment of the request."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

import pytest
from support.pixels import letters_of
from support.rendering import NOW, Draw
from support.site import Asked, Site, answer

from renderer.chromium import settle as settling
from renderer.engine import Renderer
from renderer.errors import PageFailedError
from renderer.request import AnimationOptions, HtmlSource, PictureOptions, Wait

SMALL = PictureOptions(width=4, height=2)
GREEN = "GGGG\nGGGG"
MS = NOW // 1000
HEAD = "<!doctype html><style>*{margin:0}iframe{display:block;border:0}</style><body>"
SQUARE = b"<svg xmlns='http://www.w3.org/2000/svg' width='4' height='2'/>"
KINDS = pytest.mark.parametrize("own_browser", [False, True], ids=["pipe", "playwright"])

CLOCK = f"""
class Later extends Date {{ next() {{ return new Later(this.getTime() + 1); }} }}
const stamp = new Intl.DateTimeFormat('en', {{dateStyle: 'short', timeStyle: 'medium'}});
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const temporal = globalThis.Temporal && Temporal.Now;
const right = [
  Date.now() === {MS}, +new Date() === {MS}, Date() === new Date({MS}).toString(),
  new Date() instanceof Date, new Date(0).constructor === Date, +new Date(2026, 0) > 0,
  +new Date(new Date(5)) === 5, new Later() instanceof Later, +new Later().next() === {MS} + 1,
  Date.UTC(1970, 0) === 0, Date.length === 7,
  stamp.format() === stamp.format({MS}), stamp.format(0) !== stamp.format(),
  same(stamp.formatToParts(), stamp.formatToParts({MS})), performance.timeOrigin === {MS},
  !temporal || temporal.instant().epochMilliseconds === {MS},
  !temporal || temporal.plainDateISO('UTC').toString() === new Date().toISOString().slice(0, 10),
];
const wrong = right.flatMap((one, at) => one ? [] : [at]);
document.documentElement.style.background = wrong.length ? '#f00' : '#0f0';
"""


async def _frame(_asked: Asked, _reader: object, _writer: object) -> bytes:
    return answer(f"{HEAD}<script>{CLOCK}</script>")


@pytest.fixture(scope="module")
async def site() -> AsyncGenerator[Site]:
    async with Site(_frame) as served:
        yield served


@pytest.fixture(scope="module")
def allowed(site: Site) -> list[str]:
    return [site.place]


@KINDS
async def test_the_window_is_as_large_as_the_page(draw: Draw, own_browser: bool) -> None:
    sizes = "[outerWidth, outerHeight, innerWidth, innerHeight, screen.width]"
    told = f"document.documentElement.style.background = '' + {sizes} === '4,2,4,2,4' ? '#0f0' : '#f00'"
    html = f"{HEAD}<script>{told}</script>"
    result = await draw(html, SMALL, javascript=True, own_browser=own_browser)
    assert letters_of(result.data) == GREEN


@KINDS
async def test_the_time_of_scripts_is_the_requests(draw: Draw, own_browser: bool) -> None:
    html = f"{HEAD}<script>{CLOCK}</script>"
    result = await draw(html, SMALL, javascript=True, own_browser=own_browser)
    assert letters_of(result.data) == GREEN


@KINDS
async def test_frames_of_other_sites_have_the_same_time(
    draw: Draw, site: Site, own_browser: bool
) -> None:
    html = f"{HEAD}<iframe width=4 height=2 src='{site.url('/frame')}'></iframe><script>1</script>"
    result = await draw(html, SMALL, javascript=True, own_browser=own_browser)
    assert letters_of(result.data) == GREEN


async def test_no_script_of_another_sites_frame_runs_where_the_document_has_none(
    draw: Draw, site: Site
) -> None:
    html = f"{HEAD}<iframe width=4 height=2 src='{site.url('/frame')}'></iframe>"
    assert letters_of((await draw(html, SMALL)).data) == "....\n...."


async def test_time_stands_while_timers_go_on(draw: Draw) -> None:
    html = (
        f"{HEAD}<script>const start = performance.now(); onload = () => setTimeout(() => {{"
        f"const right = Date.now() === {MS} && performance.now() > start;"
        "document.body.outerHTML = `<body id=late style='background:${right ? '#0f0' : '#f00'}'>`"
        "}, 30)</script>"
    )
    options = PictureOptions(width=4, height=2, wait=Wait(selector="#late"))
    assert letters_of((await draw(html, options, javascript=True)).data) == GREEN


@pytest.mark.parametrize("kind", ["pipe", "playwright", "animation"])
async def test_what_a_page_has_loaded_is_seen_at_once(
    draw: Draw, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A stopped or stepped clock must not hide from us what has been loaded."""
    monkeypatch.setattr(settling, "_LOOKS", 1_000_000)
    moving = "let i = 0; setInterval(() => document.body.style.background = ++i % 2 ? 'red' : 'blue', 50);"
    html = f"{HEAD}<img src=x.svg><script>{moving if kind == 'animation' else 1}</script>"
    output = AnimationOptions(width=4, height=2, duration_ms=200) if kind == "animation" else SMALL
    source = HtmlSource(html, {"x.svg": SQUARE})
    own = kind == "playwright"
    assert (await draw(source, output, javascript=True, own_browser=own, timeout=20.0)).data


async def test_both_kinds_of_browser_draw_the_same_bytes(draw: Draw) -> None:
    html = (
        f"{HEAD}<p style='font:20px Inter'>Aa</p><canvas id=c width=80 height=40></canvas><script>"
        "const pen = c.getContext('2d'); pen.font = '18px Inter'; pen.fillText(new Date(), 2, 20);"
        "pen.arc(50, 20, 15, 0, 5); pen.fill(); document.body.append(navigator.userAgent,"
        "navigator.languages, matchMedia('(prefers-reduced-motion)').matches,"
        "screen.width, Intl.DateTimeFormat().resolvedOptions().timeZone)</script>"
    )
    options = PictureOptions(width=300, height=200)
    drawn = [await draw(html, options, javascript=True, own_browser=own) for own in (False, True)]
    assert drawn[0].data == drawn[1].data


async def test_workers_run(draw: Draw) -> None:
    html = (
        f"{HEAD}<script>const blob = new Blob(['postMessage(1)']);"
        "new Worker(URL.createObjectURL(blob)).onmessage = () =>"
        " document.body.outerHTML = '<body id=done style=background:#0f0>'</script>"
    )
    options = PictureOptions(width=4, height=2, wait=Wait(selector="#done"))
    result = await draw(html, options, javascript=True, timeout=15.0)
    assert letters_of(result.data) == GREEN


async def test_a_document_that_goes_elsewhere_is_drawn_where_it_arrives(
    draw: Draw, site: Site
) -> None:
    html = f"{HEAD}<body style='background:#f00'><script>location = '{site.url('/next')}'</script>"
    assert letters_of((await draw(html, SMALL, javascript=True)).data) == GREEN


_LEAVE = """<script>
document.cookie = 'x=1'; localStorage.x = 1; sessionStorage.x = 1; name = 'x';
indexedDB.open('x'); caches.open('x'); history.pushState({}, '', '/x');
navigator.locks.request('x', () => new Promise(() => 0));
const channel = new BroadcastChannel('x');
setInterval(() => channel.postMessage('x'), 5);
document.documentElement.style.background = '#0f0';
</script>"""

_LOOK = """<script>
let heard = 0;
new BroadcastChannel('x').onmessage = () => heard++;
setTimeout(async () => {
  const found = [
    document.cookie, localStorage.x, sessionStorage.x, name, heard, history.state,
    (await indexedDB.databases()).length, (await caches.keys()).length,
    (await navigator.locks.query()).held.length, history.length > 1,
  ].map((one, at) => one ? at : -1).filter((at) => at >= 0);
  document.documentElement.style.background = found.length ? '#f00' : '#0f0';
  document.body.id = 'done';
}, 40);
</script>"""


async def test_X02_what_one_document_leaves_no_other_finds(draw: Draw) -> None:
    stays = PictureOptions(width=4, height=2, wait=Wait(timeout_ms=150))
    looks = PictureOptions(width=4, height=2, wait=Wait(selector="#done"))
    for number in range(5):
        workspaces = (f"leaver-{number}", "looker") if number % 2 else ("looker", "looker")
        both = await asyncio.gather(
            draw(HEAD + _LEAVE, stays, javascript=True, workspace=workspaces[0]),
            draw(HEAD + _LOOK, looks, javascript=True, workspace=workspaces[1]),
        )
        assert [letters_of(one.data) for one in both] == [GREEN, GREEN]


@pytest.mark.parametrize(
    "script",
    [
        "fetch('/y', {method: 'POST', body: new Uint8Array([0xff, 0xfe, 0xc3])})",
        "fetch('/y', {headers: {'x-a': '\\xe9\\xff'}})",
        "{let deep = []; for (let i = 0; i < 700; i++) deep = [deep]; throw deep}",
        "{let deep = []; for (let i = 0; i < 700; i++) deep = [deep]; Array.prototype.slice = () => deep}",
        "document.title = location.hash = '\\ud800'",
    ],
)
async def test_nothing_that_a_page_sends_or_throws_ends_its_browser(
    renderer: Renderer, draw: Draw, script: str
) -> None:
    await draw(f"{HEAD}<script>1</script>", SMALL, javascript=True)
    (pool,) = renderer._pools.scripted.pools
    browsers = [seat.browser for seat in pool._seats]
    with suppress(PageFailedError):
        await draw(f"{HEAD}<script>{script}</script>", SMALL, javascript=True)
    assert [seat.browser for seat in pool._seats] == browsers
    assert all(browser is not None and browser.alive for browser in browsers)
