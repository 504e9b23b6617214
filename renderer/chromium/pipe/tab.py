"""A page in a context of its own, opened over the pipe."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from egress.chromium import PROXY_BYPASS
from renderer.chromium.page_spec import PageSpec
from renderer.chromium.pipe.client import PipeClient, PipeSession
from renderer.chromium.pipe.held import HeldPages
from renderer.chromium.pipe.nested import NestedFrames, unheard
from renderer.chromium.protocol import ProtocolError

if TYPE_CHECKING:
    from renderer.chromium.page import Page

__all__ = ["PipeTab"]


class PipeTab:
    """What a `Page` drives. Its main frame has the target's own id."""

    def __init__(
        self, client: PipeClient, context: str, target: str, session: PipeSession, spec: PageSpec
    ) -> None:
        self.session = session
        self.frame_id = target
        self._client = client
        self._context = context
        self._spec = spec
        self._before = ""
        self._queued: list[asyncio.Future[dict[str, Any]]] = []
        self.held = bool(spec.bound_for)
        self._nested = NestedFrames(client, self._dress_nested)

    @classmethod
    async def open(cls, client: PipeClient, held: HeldPages, spec: PageSpec) -> "PipeTab":
        """A page under begin-frame control. Raises ProtocolError."""
        browser = client.browser
        proxy = {"proxyServer": spec.proxy, "proxyBypassList": PROXY_BYPASS}
        made = await browser.send("Target.createBrowserContext", proxy)
        context = str(made["browserContextId"])
        denied = {"behavior": "deny", "browserContextId": context}
        unheard(browser.send("Browser.setDownloadBehavior", denied))
        try:
            asked = _target(context, spec.bound_for)
            target, session = await held.open(asked, hold=bool(spec.bound_for))
            tab = cls(client, context, target, session, spec)
            await tab._dressed()
        except ProtocolError:
            unheard(browser.send("Target.disposeBrowserContext", {"browserContextId": context}))
            raise
        return tab

    @classmethod
    def of(cls, page: "Page") -> "PipeTab":
        """The tab of a page that we speak with ourselves; no other page may be asked for it."""
        if not isinstance(page.tab, cls):
            raise TypeError("a page of Playwright's is not on our pipe")
        return page.tab

    async def _dressed(self) -> None:
        """Raises ProtocolError if the page crashes meanwhile, or has before anybody listened."""
        crashed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.session.on("Inspector.targetCrashed", lambda _: _end(crashed))
        self.session.when_ended(lambda: _end(crashed))
        listening = self.session.send("Inspector.enable", {})
        dressing = asyncio.ensure_future(self.told(*_dress(self.session, self._spec)))
        unheard(dressing)  # what ends it may end the other first
        await listening
        await asyncio.wait({dressing, crashed}, return_when=asyncio.FIRST_COMPLETED)
        # Both may have happened: then nobody will be told of the crash again.
        if crashed.done() or not dressing.done():
            dressing.cancel()
            raise ProtocolError("The page crashed while it was opened.")
        dressing.result()

    async def told(self, *answers: asyncio.Future[dict[str, Any]]) -> None:
        """Wait for the answers to what was sent; those of a held page come after `go`."""
        if not self.held:
            await asyncio.gather(*answers)
            return
        self._queued += answers
        for answer in answers:
            unheard(answer)

    async def go(self) -> None:
        """Let a held page go on, and hear what it has to say to all that it was told."""
        self.held = False
        answers, self._queued = self._queued, []
        going = self.session.send("Runtime.runIfWaitingForDebugger", {})
        await asyncio.gather(*answers, going)

    async def expect_scripts(self) -> None:
        """What documents with scripts need: events, answers to dialogs, care for their frames.

        Raises ProtocolError.
        """
        self.session.on("Page.javascriptDialogOpening", self._answer)
        enabling = self.session.send("Page.enable", {})
        await self.told(enabling, self._nested.watch(self.session))

    def _answer(self, dialog: Mapping[str, Any]) -> None:
        """Nobody sits before the page: it may leave, and all else is declined."""
        leave = dialog["type"] == "beforeunload"
        unheard(self.session.send("Page.handleJavaScriptDialog", {"accept": leave}))

    async def run_before(self, script: str) -> None:
        """Let this run before any script of a document. Raises ProtocolError."""
        self._before = script
        await self.told(_before(self.session, script))

    def _dress_nested(self, session: PipeSession) -> None:
        for answer in _dress(session, self._spec):
            unheard(answer)
        if self._before:
            unheard(session.send("Page.enable", {}))
            unheard(_before(session, self._before))

    def when_ended(self, ended: Callable[[], None]) -> None:
        """Call `ended` when the page's process crashes, and when its session ends."""
        self.session.on("Inspector.targetCrashed", lambda _: ended())
        self.session.when_ended(ended)

    async def close(self) -> None:
        """Close the page with its context. Raises ProtocolError."""
        self._nested.forget()
        await self._client.browser.send(
            "Target.disposeBrowserContext", {"browserContextId": self._context}
        )


def _end(crashed: "asyncio.Future[None]") -> None:
    if not crashed.done():
        crashed.set_result(None)


def _target(context: str, url: str) -> dict[str, Any]:
    """A page is as large as it is told to be, whatever its window is.

    The compositor keeps the window's pixels as well: a small one saves 4 MB a page, and a copy.
    """
    return {
        "url": url or "about:blank",
        "browserContextId": context,
        "enableBeginFrameControl": True,
        "width": 16,
        "height": 16,
    }


def _dress(session: PipeSession, spec: PageSpec) -> list[asyncio.Future[dict[str, Any]]]:
    """Everything at once, in this order."""
    send = session.send
    return [
        send("Emulation.setScriptExecutionDisabled", {"value": not spec.javascript}),
        send("Emulation.setFocusEmulationEnabled", {"enabled": True}),
        send("Emulation.setLocaleOverride", {"locale": spec.locale}),
        send("Emulation.setTimezoneOverride", {"timezoneId": spec.timezone}),
        send(
            "Emulation.setUserAgentOverride",
            {"userAgent": spec.user_agent or "", "acceptLanguage": spec.locale},
        ),
    ]


def _before(session: PipeSession, script: str) -> asyncio.Future[dict[str, Any]]:
    return session.send("Page.addScriptToEvaluateOnNewDocument", {"source": script})
