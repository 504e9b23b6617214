"""Browsers that die, pages that hang, callers that go: each costs only itself."""

import asyncio
import gc
import os
import signal
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from support.pixels import letters_of
from support.processes import own_children
from support.rendering import ENVIRONMENT, asked
from support.site import Asked, Site, answer, until

from core.errors import OverloadedError, RenderTimeoutError
from egress.client import EgressClient
from egress.policy import Policy
from egress.proxy import EgressProxy
from renderer.engine import Renderer
from renderer.errors import EngineUnavailableError, PageCrashedError
from renderer.request import DocumentOptions, PictureOptions, UrlSource, Wait
from renderer.settings import RendererSettings

RED = "<!doctype html><body style='background:#f00'>"
SMALL = PictureOptions(width=4, height=2)
BUSY = "<body><script>while (1) {}</script>"


@pytest.fixture
async def silent() -> AsyncGenerator[Site]:
    """A server that never answers, but for `/second` when it is asked again."""

    async def hang(asked: Asked, _reader: object, _writer: object) -> bytes:
        if asked.path != "/second" or [one.path for one in site.asked].count("/second") < 2:
            await asyncio.sleep(60)
        return answer(RED)

    async with Site(hang) as site:
        yield site


@pytest.fixture
async def renderer(tmp_path: Path, silent: Site) -> AsyncGenerator[Renderer]:
    """One browser with two slots: what hangs would be felt at once."""
    policy = Policy([silent.place])
    proxy, client = EgressProxy(policy), EgressClient(policy)
    settings = RendererSettings(data_dir=tmp_path, browsers=1, render_queue=3)
    made = Renderer(settings, proxy, client)
    await made.start()
    yield made
    await made.close()
    await proxy.close()
    await client.close()


def browsers() -> list[psutil.Process]:
    """The browsers' main processes among our descendants."""
    found: list[psutil.Process] = []
    for child in own_children():
        with suppress(psutil.Error):
            line = child.cmdline()
            if (
                line
                and "headless" in line[0]
                and not any(one.startswith("--type=") for one in line)
            ):
                found.append(child)
    return found


def renderers_of_pages() -> list[psutil.Process]:
    """The processes of pages."""
    found: list[psutil.Process] = []
    for child in own_children():
        with suppress(psutil.Error):
            if "--type=renderer" in child.cmdline():
                found.append(child)
    return found


async def _draws_red(renderer: Renderer, *, scripts: bool = False) -> None:
    result = await renderer.render(asked(RED, SMALL, javascript=scripts))
    assert letters_of(result.data) == "RRRR\nRRRR"


async def test_a_browser_killed_between_two_renders_is_replaced(renderer: Renderer) -> None:
    await _draws_red(renderer)
    (browser,) = browsers()
    browser.send_signal(signal.SIGKILL)
    await _draws_red(renderer)
    await until(lambda: not browser.is_running() or browser.status() == psutil.STATUS_ZOMBIE)


async def test_B01_a_process_that_ends_before_its_document_came_is_made_up_for(
    renderer: Renderer, silent: Site
) -> None:
    request = asked(UrlSource(silent.url("/second")), SMALL, javascript=True, timeout=20)
    work = asyncio.create_task(renderer.render(request))
    await until(lambda: bool(silent.asked))
    for page in renderers_of_pages():
        page.kill()
    assert letters_of((await work).data) == "RRRR\nRRRR"
    assert len(silent.asked) == 2


async def test_B01_a_process_that_ends_while_it_prints_is_made_up_for(renderer: Renderer) -> None:
    rows = "".join(f"<p>{number}" for number in range(6000))
    work = asyncio.create_task(renderer.render(asked(rows, DocumentOptions(), timeout=60)))
    await until(lambda: renderer.pressure().running == 1)
    await asyncio.sleep(0.4)
    for page in renderers_of_pages():
        page.kill()
    assert (await work).pages > 100


async def test_B01_a_page_and_then_its_browser_are_both_made_up_for(renderer: Renderer) -> None:
    waits = PictureOptions(width=4, height=2, wait=Wait(timeout_ms=1500))
    work = asyncio.create_task(renderer.render(asked(RED, waits, timeout=40)))
    await until(lambda: renderer.pressure().running == 1 and renderers_of_pages())
    await asyncio.sleep(0.5)
    killed = renderers_of_pages()
    for page in killed:
        page.kill()
    await until(lambda: set(renderers_of_pages()) - set(killed))
    await asyncio.sleep(0.5)
    for browser in browsers():
        browser.send_signal(signal.SIGKILL)
    assert letters_of((await work).data) == "RRRR\nRRRR"


@pytest.mark.parametrize("scripts", [False, True])
async def test_B01_a_browser_killed_during_a_render_is_made_up_for(
    renderer: Renderer, silent: Site, scripts: bool
) -> None:
    waits = RED + "<script>setTimeout(() => { document.body.id = 'done' }, 700)</script>"
    options = PictureOptions(width=4, height=2, wait=Wait(timeout_ms=700))
    page = asked(waits if scripts else RED, options, javascript=scripts, timeout=20)
    work = [asyncio.create_task(renderer.render(page)) for _ in range(2)]
    await until(lambda: renderer.pressure().running == 2)
    browsers()[-1].send_signal(signal.SIGKILL)
    for result in await asyncio.gather(*work):
        assert letters_of(result.data) == "RRRR\nRRRR"


@pytest.mark.parametrize("scripts", [False, True])
async def test_B02_a_page_process_killed_is_made_up_for(renderer: Renderer, scripts: bool) -> None:
    await _draws_red(renderer, scripts=scripts)
    for process in renderers_of_pages():
        process.send_signal(signal.SIGKILL)
    await _draws_red(renderer, scripts=scripts)
    assert renderer.pressure().browsers == 1 + scripts


async def test_B04_a_killed_driver_is_replaced(renderer: Renderer) -> None:
    own = replace(ENVIRONMENT, user_agent="Own/1.0")  # such pages are Playwright's
    page = asked(RED, SMALL, javascript=True, environment=own)
    await renderer.render(page)
    drivers = [one for one in psutil.Process().children() if "run-driver" in one.cmdline()]
    assert drivers
    for driver in drivers:
        driver.send_signal(signal.SIGKILL)
    assert letters_of((await renderer.render(page)).data) == "RRRR\nRRRR"
    await _draws_red(renderer)
    unhandled: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
    gc.collect()
    assert unhandled == []


@pytest.mark.parametrize(
    "page",
    [
        BUSY,
        "<body><script>requestAnimationFrame(() => { while (1) {} })</script>",
        "<body><script>Promise.resolve().then(function f() { return Promise.resolve().then(f) })</script>",
    ],
)
async def test_P01_a_page_that_hangs_gives_its_slot_back_within_two_seconds(
    renderer: Renderer, page: str
) -> None:
    with pytest.raises(RenderTimeoutError):
        await renderer.render(asked(page, SMALL, javascript=True, timeout=1.5))
    ended = time.monotonic()
    await until(lambda: renderer.pressure().running == 0, 3)
    assert time.monotonic() - ended < 2
    await _draws_red(renderer)


async def test_other_renders_go_on_beside_a_page_that_hangs(renderer: Renderer) -> None:
    hanging = asyncio.create_task(renderer.render(asked(BUSY, SMALL, javascript=True, timeout=60)))
    await until(lambda: renderer.pressure().running == 1)
    for _ in range(20):
        await _draws_red(renderer)
    assert not hanging.done()
    hanging.cancel()
    with suppress(asyncio.CancelledError):
        await hanging


async def test_P03_a_page_that_never_loads_ends_at_the_deadline(
    renderer: Renderer, silent: Site
) -> None:
    started = time.monotonic()
    with pytest.raises(RenderTimeoutError):
        await renderer.render(asked(UrlSource(silent.url("/")), SMALL, timeout=1.0))
    assert time.monotonic() - started < 3
    await until(lambda: renderer.pressure().running == 0, 2)


async def test_a_cancelled_render_gives_its_slot_back(renderer: Renderer) -> None:
    task = asyncio.create_task(renderer.render(asked(BUSY, SMALL, javascript=True)))
    await until(lambda: renderer.pressure().running == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: renderer.pressure().running == 0, 2)
    await _draws_red(renderer)


async def test_a_render_cancelled_at_any_moment_leaves_nothing(renderer: Renderer) -> None:
    for milliseconds in range(0, 60, 3):
        task = asyncio.create_task(renderer.render(asked(RED, SMALL, workspace=f"w{milliseconds}")))
        await asyncio.sleep(milliseconds / 1000)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await until(lambda: renderer.pressure().running == 0, 3)
    await _draws_red(renderer)
    assert renderer.pressure().queued == 0


async def test_a_full_queue_refuses_at_once(renderer: Renderer) -> None:
    page = asked(RED, PictureOptions(width=4, height=2, wait=Wait(timeout_ms=1500)))
    waiting = [asyncio.create_task(renderer.render(page)) for _ in range(5)]
    await until(lambda: renderer.pressure().queued == 3)
    with pytest.raises(OverloadedError, match="PLATEN_RENDER_QUEUE"):
        await renderer.render(asked(RED, SMALL))
    await asyncio.gather(*waiting, return_exceptions=True)
    await _draws_red(renderer)


async def test_P16_a_page_that_eats_its_memory_fails_alone(renderer: Renderer) -> None:
    hog = "<body><script>const a = []; while (1) a.push(new Array(1e6).fill(a.length))</script>"
    drawing = asyncio.create_task(renderer.render(asked(hog, SMALL, javascript=True, timeout=20)))
    highest = 0
    while not drawing.done():
        highest = max([highest, *(_own_memory(child) for child in own_children())])
        await asyncio.wait([drawing], timeout=0.05)
    with pytest.raises((PageCrashedError, RenderTimeoutError)):
        await drawing
    assert 0 < highest < 1_000_000_000
    await _draws_red(renderer)


def _own_memory(process: psutil.Process) -> int:
    """Bytes that no other process shares; 0 of one that has gone."""
    with suppress(psutil.Error):
        memory = process.memory_info()
        return memory.rss - memory.shared
    return 0


async def test_B07_pages_that_refresh_themselves_leave_nothing(renderer: Renderer) -> None:
    page = RED + "<meta http-equiv=refresh content='0; url=about:blank'>"
    for _ in range(10):
        await renderer.render(asked(page, SMALL))
    await until(lambda: renderer.pressure().running == 0, 3)
    await _draws_red(renderer)
    await until(lambda: len(renderers_of_pages()) <= 6)


async def test_B06_a_browser_that_does_not_start_is_said_in_words(tmp_path: Path) -> None:
    policy = Policy([])
    proxy, client = EgressProxy(policy), EgressClient(policy)
    settings = RendererSettings(data_dir=tmp_path, chromium=tmp_path / "nothing")
    made = Renderer(settings, proxy, client)
    with pytest.raises(EngineUnavailableError, match="PLATEN_CHROMIUM"):
        await made.start()
    await made.close()
    await proxy.close()
    await client.close()


async def test_nothing_is_left_after_closing(tmp_path: Path) -> None:
    policy = Policy([])
    proxy, client = EgressProxy(policy), EgressClient(policy)
    others = _homes(tmp_path)  # of renderers that other tests of this process share
    made = Renderer(RendererSettings(data_dir=tmp_path, browsers=2), proxy, client)
    await made.start()
    await _draws_red(made)
    assert _homes(tmp_path) > others
    await made.close()
    await proxy.close()
    await client.close()
    await until(lambda: not own_children())
    assert _homes(tmp_path) <= others


def _homes(data: Path) -> set[Path]:
    places = (data / "browsers", Path(tempfile.gettempdir()) / f"platen-browsers-{os.geteuid()}")
    return {one for place in places for one in place.glob(f"*-{os.getpid()}-*")}
