"""Pages that are kept between renders, and those of them that have died meanwhile."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from support.site import until

from core.reach import Reach
from renderer.chromium.browser import Browser
from renderer.chromium.launch import Launcher
from renderer.chromium.pipe.starter import PipeStarter
from renderer.chromium.warm_pages import PageKey, WarmPage, WarmPages
from renderer.errors import PageCrashedError
from renderer.settings import RendererSettings

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncGenerator[Browser]:
    browser = await Launcher(RendererSettings(data_dir=tmp_path), PipeStarter()).launch(NOWHERE)
    yield browser
    await browser.close()


def _key(workspace: str) -> PageKey:
    return PageKey(workspace, "en-US", "UTC", Reach())


def _page_processes(browser: Browser) -> list[psutil.Process]:
    found = list[psutil.Process]()
    for process in psutil.Process(browser.pid).children(recursive=True):
        with suppress(psutil.Error):
            if "--type=renderer" in process.cmdline():
                found.append(process)
    return found


async def _kept(pages: WarmPages, keys: list[PageKey]) -> list[WarmPage]:
    taken = [await pages.take(key) for key in keys]
    for one in taken:
        await pages.give_back(one)
    return taken


async def test_renders_at_once_get_a_page_each_when_idle_pages_have_died(browser: Browser) -> None:
    pages = WarmPages(browser, NOWHERE, keep=8)
    mine, others = _key("mine"), _key("others")
    kept = await _kept(pages, [mine, mine, others, others])
    for process in _page_processes(browser):
        process.kill()
    await until(lambda: not any(one.page.alive for one in kept))
    taken = await asyncio.gather(*(pages.take(key) for key in (mine, mine, others, mine)))
    assert len(set(taken)) == 4
    assert not set(taken) & set(kept)
    assert [await one.page.evaluate("1 + 1") for one in taken] == [2, 2, 2, 2]


async def test_a_living_page_is_found_beside_a_dead_one(browser: Browser) -> None:
    pages = WarmPages(browser, NOWHERE, keep=8)
    first = await pages.take(_key("one"))
    before = _page_processes(browser)
    second = await pages.take(_key("two"))
    for one in (first, second):
        await pages.give_back(one)
    await first.page.send("Runtime.evaluate", {"expression": "1"})
    for process in _page_processes(browser):
        if process not in before:
            process.kill()
    await until(lambda: not second.page.alive)
    assert (pages.has(_key("one")), pages.has(_key("two"))) == (True, False)
    assert await pages.take(_key("one")) is first
    assert await pages.take(_key("two")) is not second


async def test_a_page_that_has_died_pushes_no_living_one_out(browser: Browser) -> None:
    pages = WarmPages(browser, NOWHERE, keep=1)
    (popular,) = await _kept(pages, [_key("one")])
    for _ in range(3):
        await pages.give_back(await pages.take(_key("one")))
    living = await pages.take(_key("two"))
    popular.page.gone(PageCrashedError())
    await pages.give_back(living)
    assert pages.has(_key("two"))
    assert await pages.take(_key("two")) is living
