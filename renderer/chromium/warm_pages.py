"""The fast lane: warm pages for what holds no scripts, per workspace, reused between renders."""

import asyncio
from collections import OrderedDict
from typing import NamedTuple

from core.reach import Reach
from renderer.chromium.assets import Assets
from renderer.chromium.browser import Browser, PageSpec
from renderer.chromium.page import Page
from renderer.chromium.page_memory import PageMemory
from renderer.chromium.worlds import Worlds
from renderer.errors import BrowserLostError, PageCrashedError, PageFailedError

__all__ = ["PageKey", "WarmPage", "WarmPages"]


_TURNS = 25
"""Renders between two tidyings: both together cost about as much as one card."""
_TIDY_S = 3
_FAVOUR = 32
"""More renders than so many make no page worth more: what was popular once must go some day."""
_Ended = (BrowserLostError, PageCrashedError, PageFailedError)


class PageKey(NamedTuple):
    """What a page is for. `javascript`: for documents that are ours alone, since without it no
    canvas is shown.
    """

    workspace: str
    locale: str
    timezone: str
    reach: Reach
    javascript: bool = False


class WarmPage:
    """A page that draws one document after the other, all of one workspace."""

    def __init__(self, key: PageKey, page: Page, assets: Assets) -> None:
        self.key = key
        self.page = page
        self.assets = assets
        self.memory = PageMemory()
        self.worlds = Worlds(page)
        self.turns = 0
        self.worth = 0

    async def tidy(self) -> bool:
        """Every now and then, let go of past documents and their pictures, which a page keeps by
        itself until it has twice the memory. False: it does not answer, and must not be used.
        """
        self.turns += 1
        if self.turns % _TURNS:
            return True
        try:
            async with asyncio.timeout(_TIDY_S):
                await self.page.send("HeapProfiler.collectGarbage")
                await self.page.send("Memory.simulatePressureNotification", {"level": "critical"})
        except (*_Ended, TimeoutError):
            return False
        return True


class WarmPages:
    """The idle warm pages of one browser, at most `keep`. The one that was used least often goes
    first, and with each that goes those that come are worth more: what is used no more goes, too
    (LFU with dynamic aging: Arlitt et al., "Evaluating content management techniques", 2000).

    A page's memory cache is a path between its renders, so a page belongs to one workspace, and
    to one reach: what one key may not ask for must not come from what another one has asked for.
    """

    def __init__(self, browser: Browser, dead_proxy: str, keep: int) -> None:
        self._browser = browser
        self._dead_proxy = dead_proxy
        self._keep = keep
        self._idle: OrderedDict[WarmPage, None] = OrderedDict()
        self._age = 0

    def has(self, key: PageKey) -> bool:
        """Whether such a page is idle here."""
        return any(warm.key == key and warm.page.alive for warm in self._idle)

    async def take(self, key: PageKey) -> WarmPage:
        """An idle page of that kind, the latest used first, or a new one."""
        self._let_go_of_dead()
        for warm in reversed(self._idle):
            if warm.key == key:
                del self._idle[warm]
                return warm
        spec = PageSpec(key.javascript, self._dead_proxy, key.locale, key.timezone)
        page = await self._browser.open_page(spec)
        try:
            assets = Assets(page)
            await assets.intercept()
        except BaseException:
            await page.destroy()
            raise
        return WarmPage(key, page, assets)

    def _let_go_of_dead(self) -> None:
        """Nobody else may meet them meanwhile, so their closing is not waited for."""
        for warm in [one for one in self._idle if not one.page.alive]:
            del self._idle[warm]
            self._browser.close_soon(warm.page)

    async def give_back(self, warm: WarmPage) -> None:
        """Keep a clean page for the next render; end one that its document has marked."""
        if warm.page.stained or not self._browser.alive:
            await warm.page.close()
            return
        if not await warm.tidy():
            await warm.page.destroy()
            return
        self._let_go_of_dead()
        warm.worth = self._age + min(warm.turns, _FAVOUR)
        self._idle[warm] = None
        if len(self._idle) > self._keep:
            least = min(self._idle, key=lambda one: one.worth)  # the longest unused if equal
            del self._idle[least]
            self._age = least.worth
            await least.page.close()
