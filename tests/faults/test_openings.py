"""Pages whose process ends before anybody has joined them."""

import signal
from contextlib import suppress

import psutil
import pytest
from playwright.async_api import Page as PlaywrightPage
from support.pixels import letters_of
from support.processes import own_children
from support.rendering import Draw
from support.site import until

from renderer.chromium.pipe.tab import PipeTab
from renderer.chromium.scripted.tab import PlaywrightTab
from renderer.engine import Renderer
from renderer.request import HtmlSource, PictureOptions

SMALL = PictureOptions(width=4, height=2)
RED = "<!doctype html><body style='background:#f00'><script>1</script>"


def _pages() -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for child in own_children():
        with suppress(psutil.Error):
            if "--type=renderer" in child.cmdline():
                found.append(child)
    return found


def _kill_pages() -> None:
    for page in _pages():
        with suppress(psutil.Error):
            page.send_signal(signal.SIGKILL)


async def test_B02_a_page_of_playwrights_killed_while_it_is_opened_is_made_up_for(
    renderer: Renderer, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its crash is told before anybody could listen on the page itself."""
    join = PlaywrightTab._join
    killed: list[bool] = []

    async def joined(page: PlaywrightPage) -> PlaywrightTab:
        if not killed:
            killed.append(True)
            _kill_pages()
            await page.wait_for_event("crash")
        return await join(page)

    monkeypatch.setattr(PlaywrightTab, "_join", joined)
    for _ in range(2):  # the first may get a page that was opened before
        result = await draw(RED, SMALL, javascript=True, own_browser=True, timeout=15)
        assert letters_of(result.data) == "RRRR\nRRRR"
    assert killed


@pytest.mark.parametrize("javascript", [False, True], ids=["blank", "held"])
async def test_B02_a_page_killed_while_it_is_opened_is_made_up_for(
    renderer: Renderer, draw: Draw, monkeypatch: pytest.MonkeyPatch, javascript: bool
) -> None:
    dressed = PipeTab._dressed
    killed: list[bool] = []

    async def late(tab: PipeTab) -> None:
        if not killed:
            killed.append(True)
            _kill_pages()
            await until(lambda: not _pages())
        await dressed(tab)

    monkeypatch.setattr(PipeTab, "_dressed", late)
    source = HtmlSource(RED, {"x.css": b""})  # its files give it a page of its own
    for _ in range(2):
        result = await draw(source, SMALL, javascript=javascript, timeout=15)
        assert letters_of(result.data) == "RRRR\nRRRR"
    assert killed
