"""A page that Playwright knows, with the protocol's session beside it."""

import asyncio
import base64
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from renderer.chromium.protocol import ProtocolError
from renderer.chromium.scripted.calls import called

if TYPE_CHECKING:
    from playwright.async_api import CDPSession
    from playwright.async_api import Page as PlaywrightPage

    from renderer.chromium.page import Page

__all__ = ["PlaywrightTab"]


class PlaywrightTab:
    """What a `Page` drives; `page` and its context are Playwright's own."""

    def __init__(self, page: "PlaywrightPage", cdp: "CDPSession", frame_id: str) -> None:
        self.page = page
        self.session = _Session(cdp)
        self.frame_id = frame_id

    @classmethod
    async def attach(
        cls, page: "PlaywrightPage", crashed: "asyncio.Future[None]"
    ) -> "PlaywrightTab":
        """Join a page that the browser has just opened; `crashed` tells that it is no more.

        Raises PlaywrightError, ProtocolError.
        """
        joining = asyncio.create_task(cls._join(page))
        try:
            await asyncio.wait({joining, crashed}, return_when=asyncio.FIRST_COMPLETED)
            if crashed.done():
                raise ProtocolError("The page crashed while it was opened.", closed=False)
            return await joining
        finally:
            joining.cancel()

    @classmethod
    async def _join(cls, page: "PlaywrightPage") -> "PlaywrightTab":
        cdp = await page.context.new_cdp_session(page)
        tree = await cdp.send("Page.getFrameTree")
        return cls(page, cdp, tree["frameTree"]["frame"]["id"])

    @classmethod
    def of(cls, page: "Page") -> "PlaywrightTab":
        """The tab of a page that Playwright drives; no other page may be asked for it."""
        if not isinstance(page.tab, cls):
            raise TypeError("a page without scripts has no Playwright")
        return page.tab

    async def run_clock(self, milliseconds: int) -> None:
        """Let the page's time, which stands, go on by so much. Raises ProtocolError."""
        await called(self.page.clock.run_for(milliseconds))

    def when_ended(self, ended: Callable[[], None]) -> None:
        """Call `ended` when the page's process has crashed, and when the page has closed."""
        # A process that memory ends is told as either; a script may close its page, too.
        self.page.on("crash", lambda _: ended())
        self.page.on("close", lambda _: ended())

    async def close(self) -> None:
        """Close the page with its context. Raises ProtocolError."""
        await called(self.page.context.close())


class _Session:
    """Playwright's session behind the port that all pages share."""

    def __init__(self, cdp: "CDPSession") -> None:
        self._cdp = cdp

    async def send(self, method: str, parameters: Mapping[str, Any]) -> Any:
        # Made when it is awaited: who is cancelled before leaves no coroutine behind.
        said = {name: _in_json(value) for name, value in parameters.items()}
        return await called(self._cdp.send(method, said))

    def on(self, event: str, handler: Callable[[dict[str, Any]], None]) -> None:
        self._cdp.on(event, handler)

    def off(self, event: str, handler: Callable[[dict[str, Any]], None]) -> None:
        self._cdp.remove_listener(event, handler)


def _in_json(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
