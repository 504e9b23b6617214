"""A fresh page of Playwright's: it visits the web, has headers, cookies and a clock to step."""

from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from egress.errors import FetchFailedError, TooManyRedirectsError
from renderer.chromium.fresh_page import FreshPage
from renderer.chromium.page import Page
from renderer.chromium.scripted.calls import called
from renderer.chromium.scripted.tab import PlaywrightTab
from renderer.chromium.scripts import surroundings
from renderer.chromium.settle import frames_meanwhile
from renderer.chromium.view import View
from renderer.errors import NavigationLostError, PageFailedError, UnsupportedContentError
from renderer.origin import DOCUMENT_ORIGIN
from renderer.request import Environment, Wait

if TYPE_CHECKING:
    from playwright.async_api import Frame, Response
    from playwright.async_api import Page as PlaywrightPage

__all__ = ["VisitingPage"]

_T = TypeVar("_T")

_IDLE_MS = 5000
"""A page that polls is never idle; it is captured all the same after this time."""


class VisitingPage(FreshPage):
    """A fresh page in a browser that Playwright drives."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._playwright = PlaywrightTab.of(page).page
        self._playwright.context.on("page", _close_popup)
        self._documents = 0
        self._playwright.on("framenavigated", self._count)

    def _count(self, frame: "Frame") -> None:
        if frame == self._playwright.main_frame:
            self._documents += 1

    async def prepare(self) -> None:
        """Playwright has done so."""

    async def show(self, view: View) -> None:
        """Take on size, scale, background and preferences."""
        await self.page.show(view)

    async def dress(self, environment: Environment) -> None:
        """Give the context the caller's headers and cookies."""
        context = self._playwright.context
        if environment.headers:
            await self._guarded(context.set_extra_http_headers(dict(environment.headers)))
        if environment.cookies:
            adding = context.add_cookies(
                [
                    {
                        "name": one.name,
                        "value": one.value,
                        "domain": one.domain,
                        "path": one.path,
                        "secure": one.secure,
                        "httpOnly": one.http_only,
                    }
                    for one in environment.cookies
                ]
            )
            await self._guarded(adding)

    async def _guarded(self, work: Awaitable[_T]) -> _T:
        """Await a call of Playwright's, but no longer than the page lives."""
        return await self.page.guard(called(work))

    async def stop_clock(self, now_us: int) -> None:
        """Make what tells scripts the time stand at this moment; timers go on all the same."""
        script = surroundings(now_us)
        await self._guarded(self._playwright.context.add_init_script(script))

    async def step_clock(self, now_us: int) -> None:
        """Let the page's time, timers and animation callbacks move only when they are told to."""
        moment = datetime.fromtimestamp(now_us / 1_000_000, UTC)
        clock = self._playwright.clock
        # It runs from its installation to its pause, so it has to begin well before the moment.
        await self._guarded(clock.install(time=moment - timedelta(minutes=1)))
        await self._guarded(clock.pause_at(moment))

    async def load_document(self, wait: Wait) -> None:
        """Navigate to the document that the assets hold as their first file, `""`."""
        await self.assets.intercept(f"{DOCUMENT_ORIGIN}/*")
        try:
            await self.navigate(f"{DOCUMENT_ORIGIN}/", wait)
        except (UnsupportedContentError, FetchFailedError):
            # The document was there, so it has itself sent the page elsewhere (a meta refresh)
            # before it was loaded: the same as if it had done so a moment later.
            loaded = self._playwright.wait_for_load_state("load", timeout=0)
            await self._guarded(loaded)

    async def navigate(self, url: str, wait: Wait) -> "Response | None":
        """Load a page of the web.

        Raises FetchFailedError, UnsupportedContentError, NavigationLostError.
        """
        until = "load" if wait.until == "networkidle" else wait.until
        # No frames before the load event: the old document would answer that it is there, and a
        # busy script of the new one would then hold the frame, and every other page of the browser.
        before = self._documents
        try:
            goto = self._playwright.goto(url, wait_until=until, timeout=0)
            response = await self.arrived(self._guarded(goto))
        except PageFailedError as error:
            if "ERR_ABORTED" in error.message and self._documents == before:
                # So it is when the process that the document was meant for has ended.
                raise NavigationLostError(url) from error
            raise _translated(url, error.message) from error
        if wait.until == "networkidle":
            async with frames_meanwhile(self.page):
                self.idle = await self._becomes_idle()
        return response

    async def _becomes_idle(self) -> bool:
        waiting = self._playwright.wait_for_load_state("networkidle", timeout=_IDLE_MS)
        try:
            await self._guarded(waiting)
        except PageFailedError as error:
            if "Timeout" not in error.message:
                raise
            return False
        return True


def _translated(url: str, message: str) -> Exception:
    if "ERR_ABORTED" in message or "Download is starting" in message:
        return UnsupportedContentError(f"{url} is a download, not a page. Name a page's URL.")
    reason = next((word for word in message.split() if "ERR_" in word), "")
    if "ERR_TOO_MANY_REDIRECTS" in reason:
        return TooManyRedirectsError(f"{url} redirected again and again. Name the last URL itself.")
    return FetchFailedError(f"{url} did not load ({reason or 'the browser gave up'}).")


async def _close_popup(page: "PlaywrightPage") -> None:
    await page.close()
