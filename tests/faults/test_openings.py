"""Pages whose process ends before anybody has joined them."""

import signal
from contextlib import suppress

import psutil
import pytest
from playwright.async_api import Page as PlaywrightPage
from support.pixels import letters_of
from support.processes import own_children
from support.rendering import Draw

from renderer.chromium.scripted.tab import PlaywrightTab
from renderer.engine import Renderer
from renderer.request import PictureOptions

SMALL = PictureOptions(width=4, height=2)
RED = "<!doctype html><body style='background:#f00'><script>1</script>"


def _kill_pages() -> None:
    for child in own_children():
        with suppress(psutil.Error):
            if "--type=renderer" in child.cmdline():
                child.send_signal(signal.SIGKILL)


async def test_B02_a_page_killed_while_it_is_opened_is_made_up_for(
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
        result = await draw(RED, SMALL, javascript=True, timeout=15)
        assert letters_of(result.data) == "RRRR\nRRRR"
    assert killed
