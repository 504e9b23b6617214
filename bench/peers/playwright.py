"""Playwright from Python: the naive way, and the way of those who have read on."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterable

from playwright.async_api import Browser, Page, Playwright, async_playwright

from bench.cases import Case
from bench.contender import Likeness
from bench.documents import Documents
from bench.peers.chromium import browser_environment, full_chromium, headless_shell

__all__ = ["Naive", "ReusedPage"]


class _Playwright(ABC):
    """One browser; a page for a render comes from `_page`."""

    likeness: Likeness = "same"
    inside = True

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    def takes(self, case: Case) -> bool:
        """Everything."""
        return True

    @abstractmethod
    def _program(self) -> str: ...

    @abstractmethod
    def _page(self, width: int, height: int) -> contextlib.AbstractAsyncContextManager[Page]: ...

    @property
    def browser(self) -> Browser:
        assert self._browser is not None
        return self._browser

    async def start(self) -> None:
        """Start the driver and the browser."""
        program = self._program()
        self._playwright = await async_playwright().start()
        self._browser = await self._playwright.chromium.launch(
            executable_path=program,
            args=["--font-render-hinting=none"],
            env=dict(browser_environment()),
        )

    async def prepare(self, case: Case, numbers: Iterable[int]) -> None:
        """Compose the documents."""
        await self._documents.prepare(case, numbers)

    async def render(self, case: Case, number: int) -> bytes:
        """The document on a page, and what that looks like."""
        job = case.job(number)
        async with self._page(job.width, job.height) as page:
            await page.set_content(self._documents.whole(case, number))
            if case.format == "pdf":
                return await page.pdf(prefer_css_page_size=True, print_background=True)
            if case.format == "jpeg":
                return await page.screenshot(type="jpeg", quality=85)
            return await page.screenshot()

    async def close(self) -> None:
        """End everything."""
        if self._browser is not None:
            await self._browser.close()
        if self._playwright is not None:
            await self._playwright.stop()


class Naive(_Playwright):
    """As a page of documentation shows it: full Chromium, a new context for each render."""

    name = "naive"
    everywhere = True

    def _program(self) -> str:
        return full_chromium()

    @contextlib.asynccontextmanager
    async def _page(self, width: int, height: int) -> AsyncGenerator[Page, None]:
        context = await self.browser.new_context(viewport={"width": width, "height": height})
        try:
            yield await context.new_page()
        finally:
            await context.close()


class ReusedPage(_Playwright):
    """The headless shell, and pages that are used again: as many as there are clients at once."""

    name = "Playwright, reused page"
    everywhere = False

    def __init__(self, documents: Documents) -> None:
        super().__init__(documents)
        self._idle: asyncio.LifoQueue[Page] = asyncio.LifoQueue()

    def _program(self) -> str:
        return headless_shell()

    @contextlib.asynccontextmanager
    async def _page(self, width: int, height: int) -> AsyncGenerator[Page, None]:
        page = await self.browser.new_page() if self._idle.empty() else self._idle.get_nowait()
        try:
            await page.set_viewport_size({"width": width, "height": height})
            yield page
        finally:
            self._idle.put_nowait(page)
