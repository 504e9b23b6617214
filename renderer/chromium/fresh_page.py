"""The other lane: a context of its own for one render, with or without scripts."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from renderer.chromium.assets import Assets
from renderer.chromium.page import Page
from renderer.chromium.pipe.tab import PipeTab
from renderer.chromium.scripts import surroundings
from renderer.chromium.view import View
from renderer.errors import PageFailedError
from renderer.origin import DOCUMENT_ORIGIN
from renderer.request import Wait

__all__ = ["FIRST_ADDRESS", "FreshPage"]

_T = TypeVar("_T")

FIRST_ADDRESS = f"{DOCUMENT_ORIGIN}/"
"""Of every document that came as text."""

_OWN_FILES = f"{DOCUMENT_ORIGIN}/*"

_LOOK_S = 1.0
_COMPLETE = "document.readyState === 'complete' && location.href !== 'about:blank'"

_ARRIVALS = {
    "load": "Page.loadEventFired",
    "domcontentloaded": "Page.domContentEventFired",
    # Only scripts ask for more after that, and pages with scripts that shall be idle go elsewhere.
    "networkidle": "Page.loadEventFired",
}


class FreshPage:
    """A page that is opened for one render and closed after it. Its traffic has its own port.

    It shows documents that came as text.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.assets = Assets(page)
        self.idle = True

    async def prepare(self) -> None:
        """All that can be done before anybody knows the document."""
        expecting = PipeTab.of(self.page).expect_scripts()
        await asyncio.gather(self.page.guard(expecting), self.assets.intercept(_OWN_FILES))

    async def stop_clock(self, now_us: int) -> None:
        """Make what tells scripts the time stand at this moment; timers go on all the same."""
        await self.page.guard(PipeTab.of(self.page).run_before(surroundings(now_us)))

    async def show(self, view: View) -> None:
        """Take on size, scale, background and preferences."""
        tab = PipeTab.of(self.page)
        if not tab.held:
            await self.page.show(view)
            return
        sent = [tab.session.send(method, what) for method, what in view.commands(None)]
        await tab.told(*sent)
        self.page.looks(view)

    async def load_document(self, wait: Wait) -> None:
        """Navigate to the document that the assets hold as their first file, `""`."""
        arrival = _Arrival(self.page, _ARRIVALS[wait.until])
        try:
            await self.arrived(self._travel(arrival))
        finally:
            arrival.forget()

    async def _travel(self, arrival: "_Arrival") -> None:
        tab = PipeTab.of(self.page)
        await (self.page.guard(tab.go()) if tab.held else self._navigate())
        await self.page.guard(arrival.happened)

    async def arrived(self, travelling: Coroutine[Any, Any, _T]) -> _T | None:
        """What `travelling` gives, or None a little later than the document itself is complete.

        A script that starts a download while its page loads keeps the load event away for ever.
        """
        going = asyncio.create_task(travelling)
        there = asyncio.create_task(self._complete())
        for task in (going, there):  # the end of the page is told by whichever is asked
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            await asyncio.wait({going, there}, return_when=asyncio.FIRST_COMPLETED)
            if going.done():
                return await going
            there.result()  # raises what ended the page
            return None
        finally:
            there.cancel()
            going.cancel()

    async def _complete(self) -> None:
        looks = 0
        while looks < 2:
            await asyncio.sleep(_LOOK_S)
            with suppress(PageFailedError):  # a document is just making way for the next
                looks = looks + 1 if await self.page.evaluate(_COMPLETE) else 0

    async def _navigate(self) -> None:
        answer = await self.page.send("Page.navigate", {"url": FIRST_ADDRESS})
        if refused := answer.get("errorText"):
            raise PageFailedError(f"The document did not load: {refused}.")


class _Arrival:
    """Waits for the event of a document that comes after this; where it goes by itself, too."""

    def __init__(self, page: Page, event: str) -> None:
        self.happened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._page = page
        self._event = event
        self._begun = False
        page.on("Page.frameNavigated", self._navigated)
        page.on(event, self._fired)

    def forget(self) -> None:
        """Stop listening."""
        self._page.off("Page.frameNavigated", self._navigated)
        self._page.off(self._event, self._fired)

    def _navigated(self, event: dict[str, Any]) -> None:
        self._begun = self._begun or "parentId" not in event["frame"]

    def _fired(self, _: dict[str, Any]) -> None:
        # The blank page, or the document before, may only now be told to be there.
        if self._begun and not self.happened.done():
            self.happened.set_result(None)
