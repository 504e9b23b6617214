"""Pages with scripts that are opened ahead of need, so that no render waits for the opening."""

import asyncio
from contextlib import suppress

from renderer.chromium.browser import Browser
from renderer.chromium.fresh_page import FIRST_ADDRESS, FreshPage
from renderer.chromium.page_spec import PageSpec
from renderer.chromium.pipe.tab import PipeTab
from renderer.chromium.scripted.visiting_page import VisitingPage
from renderer.request import Environment

__all__ = ["PreparedPages"]

_USUAL = Environment(now_us=0, javascript=True)
"""What most pages ask for: scripts, and the locale, time zone and user agent of the default."""


class PreparedPages:
    """The unused pages of one browser: a context of its own each, one for a port of the proxy.

    A prepared page has shown nothing and belongs to nobody; who takes it ends it.
    """

    def __init__(self, browser: Browser, keep: int) -> None:
        self._browser = browser
        self._keep = keep
        self._pages: dict[str, asyncio.Task[FreshPage]] = {}

    def has(self, proxy: str) -> bool:
        """Whether a page for this port is there or on its way."""
        return proxy in self._pages

    def prepare(self, proxy: str) -> None:
        """Open a page for this port in the background, if there is room for one more."""
        if proxy in self._pages or len(self._pages) >= self._keep or not self._browser.alive:
            return
        task = asyncio.create_task(_open(self._browser, proxy, _USUAL))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._pages[proxy] = task

    async def open(self, proxy: str, environment: Environment) -> FreshPage:
        """A page for one render: the prepared one where it fits, else a new one."""
        if _is_usual(environment) and (task := self._pages.pop(proxy, None)):
            # What went wrong with it is told by the new page that is opened instead.
            with suppress(Exception):
                fresh = await task
                if fresh.page.alive:
                    return fresh
                await fresh.page.close()
        return await _open(self._browser, proxy, environment)


async def _open(browser: Browser, proxy: str, environment: Environment) -> FreshPage:
    """A page in a new context whose requests all go through `proxy`."""
    spec = PageSpec(
        environment.javascript,
        proxy,
        environment.locale,
        environment.timezone,
        environment.user_agent,
        # Where scripts are off it must be known that they are before the page sets out.
        bound_for=FIRST_ADDRESS if environment.javascript else "",
    )
    page = await browser.open_page(spec)
    fresh = FreshPage(page) if isinstance(page.tab, PipeTab) else VisitingPage(page)
    try:
        await fresh.prepare()
    except BaseException:
        await page.destroy()
        raise
    return fresh


def _is_usual(environment: Environment) -> bool:
    return (
        environment.javascript
        and environment.locale == _USUAL.locale
        and environment.timezone == _USUAL.timezone
        and environment.user_agent is None
    )
