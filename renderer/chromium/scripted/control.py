"""A browser that Playwright has started and speaks with."""

import asyncio
from typing import TYPE_CHECKING

from renderer.chromium.page_spec import PageSpec
from renderer.chromium.protocol import ProtocolError
from renderer.chromium.scripted.calls import called
from renderer.chromium.scripted.tab import PlaywrightTab

if TYPE_CHECKING:
    from playwright.async_api import Browser as PlaywrightBrowser
    from playwright.async_api import BrowserContext, CDPSession

__all__ = ["PlaywrightControl"]


class PlaywrightControl:
    """What a `Browser` is driven by."""

    def __init__(self, playwright: "PlaywrightBrowser", cdp: "CDPSession") -> None:
        self.version = playwright.version
        self._playwright = playwright
        self._cdp = cdp
        self._opening = asyncio.Lock()

    async def open_tab(self, spec: PageSpec) -> PlaywrightTab:
        """A blank page under begin-frame control in a context of its own. Raises ProtocolError."""
        return await called(self._open(spec))

    async def _open(self, spec: PageSpec) -> PlaywrightTab:
        context, identity = await self._open_context(spec)
        target = {
            "url": "about:blank",
            "browserContextId": identity,
            "enableBeginFrameControl": True,
            "width": 1280,
            "height": 720,
        }
        crashed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # From the first moment: what waits for a page that has crashed before would wait for ever.
        context.once("page", lambda page: page.once("crash", lambda _: crashed.set_result(None)))
        async with context.expect_page() as opened:
            await self._cdp.send("Target.createTarget", target)
        try:
            return await PlaywrightTab.attach(await opened.value, crashed)
        except ProtocolError:
            await context.close()
            raise

    async def _open_context(self, spec: PageSpec) -> "tuple[BrowserContext, str]":
        # Playwright does not tell the protocol's id of a context: it is the one that is new.
        async with self._opening:
            before = await self._contexts()
            context = await self._playwright.new_context(
                java_script_enabled=spec.javascript,
                proxy={"server": spec.proxy},
                locale=spec.locale,
                timezone_id=spec.timezone,
                user_agent=spec.user_agent,
                no_viewport=True,
                accept_downloads=False,
                service_workers="block",
            )
            return context, (await self._contexts() - before).pop()

    async def _contexts(self) -> set[str]:
        answer = await self._cdp.send("Target.getBrowserContexts")
        return set(answer["browserContextIds"])

    async def ping(self) -> None:
        """Ask the browser for an answer, any answer. Raises ProtocolError."""
        await called(self._cdp.send("Browser.getVersion"))

    async def close(self) -> None:
        """End the browser in good order. Raises ProtocolError."""
        await called(self._playwright.close())
