"""Browsers that we speak with ourselves: started as they should be, ended whole, drawn as others."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import psutil
import pytest
from support.site import until

from renderer.chromium.browser import Browser
from renderer.chromium.launch import Launcher
from renderer.chromium.page import Page
from renderer.chromium.page_spec import PageSpec
from renderer.chromium.pipe.starter import PipeStarter
from renderer.chromium.scripted.starter import PlaywrightStarter
from renderer.chromium.view import View
from renderer.errors import BrowserLostError, EngineUnavailableError, PageCrashedError
from renderer.settings import RendererSettings

NOWHERE = "http://127.0.0.1:9"
SPEC = PageSpec(javascript=False, proxy=NOWHERE)
CARD = (Path(__file__).parents[3] / "fixtures" / "social-card" / "template.html").read_text()
PNG = {"format": "png", "optimizeForSpeed": True}


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncGenerator[Browser]:
    browser = await Launcher(RendererSettings(data_dir=tmp_path), PipeStarter()).launch(NOWHERE)
    yield browser
    await browser.close()


async def _drawn(page: Page, html: str) -> bytes:
    await page.show(View(600, 315))
    await page.load_html(html)
    await page.evaluate("document.fonts.ready.then(() => 1)")
    return await page.draw(PNG)


async def test_both_kinds_of_browser_draw_the_same_bytes(browser: Browser, tmp_path: Path) -> None:
    other = Launcher(RendererSettings(data_dir=tmp_path), PlaywrightStarter())
    theirs = await other.launch(NOWHERE)
    pages = [await one.open_page(SPEC) for one in (browser, theirs)]
    drawn = [await _drawn(page, CARD) for page in pages]
    asked = [
        await page.evaluate("[matchMedia('(hover)').matches, new Date(0) + '']") for page in pages
    ]
    await theirs.close()
    await other.close()
    assert drawn[0] == drawn[1]
    assert asked[0] == asked[1]


async def test_no_script_of_a_document_runs(browser: Browser) -> None:
    page = await browser.open_page(SPEC)
    white = await _drawn(page, "<!doctype html><body><svg>")
    red = "document.body.style.background='red'"
    hostile = f"<!doctype html><body onload={red}><script>{red}</script><svg onload={red}>"
    assert await _drawn(page, hostile) == white


async def test_it_is_behind_its_walls(browser: Browser) -> None:
    line = psutil.Process(browser.pid).cmdline()
    assert "--no-sandbox" not in line
    assert f"--proxy-server={NOWHERE}" in line
    assert "--proxy-bypass-list=<-loopback>" in line
    assert not [one for one in line if one.startswith("--remote-debugging-port")]
    group = [psutil.Process(browser.pid), *psutil.Process(browser.pid).children(recursive=True)]
    assert not [one for process in group for one in process.net_connections() if one.laddr]


async def test_a_page_that_crashes_is_told_at_once_and_costs_only_itself(browser: Browser) -> None:
    page, other = await browser.open_page(SPEC), await browser.open_page(SPEC)
    waiting = asyncio.create_task(page.evaluate("new Promise(() => 1)"))
    await page.evaluate("1")
    crash = asyncio.ensure_future(page.tab.session.send("Page.crash", {}))
    with pytest.raises(PageCrashedError):
        await waiting
    crash.cancel()
    assert (browser.alive, browser.crashes) == (True, 1)
    assert await other.evaluate("1 + 1") == 2
    await page.close()


async def test_a_page_that_is_ended_by_us_counts_as_no_crash(browser: Browser) -> None:
    await (await browser.open_page(SPEC)).destroy()
    await (await browser.open_page(SPEC)).close()
    assert (browser.alive, browser.crashes) == (True, 0)


async def test_a_browser_that_dies_fails_what_waits_and_leaves_no_zombie(browser: Browser) -> None:
    page = await browser.open_page(SPEC)
    waiting = asyncio.create_task(page.evaluate("new Promise(() => 1)"))
    await page.evaluate("1")
    os.kill(browser.pid, signal.SIGKILL)
    with pytest.raises(BrowserLostError):
        await waiting
    with pytest.raises(BrowserLostError):
        await browser.open_page(SPEC)
    await until(lambda: not psutil.pid_exists(browser.pid))


async def test_a_frame_that_a_browser_owes_which_stands_still_is_not_the_pages_fault(
    browser: Browser,
) -> None:
    page = await browser.open_page(SPEC)
    await _drawn(page, CARD)
    os.kill(browser.pid, signal.SIGSTOP)
    frame = asyncio.create_task(page.draw(PNG))
    await asyncio.wait([frame], timeout=6)  # a little longer than a frame may take
    os.kill(browser.pid, signal.SIGCONT)
    with pytest.raises(BrowserLostError):
        await frame


async def test_a_frame_that_came_while_we_stood_still_ourselves_is_taken(browser: Browser) -> None:
    page = await browser.open_page(SPEC)
    first = await _drawn(page, CARD)
    frame = asyncio.create_task(page.draw(PNG))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(0.005, time.sleep, 5.2)
    assert await frame == first


async def test_a_process_that_ends_before_its_frame_is_told_as_such(browser: Browser) -> None:
    page = await browser.open_page(SPEC)
    await _drawn(page, CARD)
    for child in psutil.Process(browser.pid).children(recursive=True):
        if "--type=renderer" in child.cmdline():
            child.kill()
    with pytest.raises(PageCrashedError):
        await page.draw(PNG)


async def test_closed_in_good_order_it_has_ended_when_we_hear_of_it(browser: Browser) -> None:
    await browser.close()
    assert not psutil.pid_exists(browser.pid)


async def test_a_program_that_is_no_browser_is_said_in_words(tmp_path: Path) -> None:
    settings = RendererSettings(data_dir=tmp_path, chromium=Path("/bin/false"))
    with pytest.raises(EngineUnavailableError, match="did not start"):
        await Launcher(settings, PipeStarter()).launch(NOWHERE)


_CHILD = """
import asyncio, sys
from pathlib import Path
from renderer.chromium.launch import Launcher
from renderer.chromium.pipe.starter import PipeStarter
from renderer.settings import RendererSettings

async def main():
    settings = RendererSettings(data_dir=Path(sys.argv[1]))
    browser = await Launcher(settings, PipeStarter()).launch("http://127.0.0.1:9")
    print(browser.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_no_browser_outlives_a_service_that_is_killed(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _CHILD, str(tmp_path)), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    pid = int(await child.stdout.readline())
    group = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    child.kill()
    await child.wait()
    await until(lambda: not any(one.is_running() and one.status() != "zombie" for one in group))
