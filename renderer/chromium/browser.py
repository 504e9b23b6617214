"""One browser process: its group, its frame lock, the contexts and pages in it."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser as PlaywrightBrowser
from playwright.async_api import BrowserContext, CDPSession
from playwright.async_api import Error as PlaywrightError

from renderer.chromium.home import BrowserHome
from renderer.chromium.page import Page
from renderer.errors import BrowserLostError

__all__ = ["Browser", "PageSpec"]


@dataclass(frozen=True, slots=True)
class PageSpec:
    """What is fixed for a page's whole life. `proxy` is the URL of a loopback proxy's port."""

    javascript: bool
    proxy: str
    locale: str = "en-US"
    timezone: str = "UTC"
    user_agent: str | None = None


class Browser:
    """A running headless shell. Its pages draw strictly in turn, under `frame_lock`."""

    def __init__(
        self, playwright: PlaywrightBrowser, session: CDPSession, home: BrowserHome, pid: int
    ) -> None:
        self.pid = pid
        self.version = playwright.version
        self.frame_lock = asyncio.Lock()
        self.died = asyncio.Event()
        self.renders = 0
        self.crashes = 0
        self.started = asyncio.get_running_loop().time()
        self.idle = asyncio.Event()
        self._in_use = 0
        self._playwright = playwright
        self._session = session
        self._home = home
        self._opening = asyncio.Lock()
        self._pages: set[Page] = set()
        self._openings: set[asyncio.Task[Any]] = set()
        self._handle = os.pidfd_open(pid)
        self._end: Callable[[int, int], None] | None
        self._end = os.killpg if os.getpgid(pid) == pid else os.kill
        asyncio.get_running_loop().add_reader(self._handle, self._lost)

    @property
    def alive(self) -> bool:
        """Whether renders may still be given to it."""
        return not self.died.is_set()

    async def answers(self, seconds: float) -> bool:
        """Whether it still answers: False if a call that costs nothing takes longer."""
        with suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(seconds):
                await self._session.send("Browser.getVersion")
                return True
        return False

    def use(self, change: int) -> None:
        """A render takes (1) or leaves (-1) one of its slots; `idle` is set when none has one."""
        self._in_use += change
        self.renders += max(change, 0)
        if self._in_use:
            self.idle.clear()
        else:
            self.idle.set()

    async def open_page(self, spec: PageSpec) -> Page:
        """A page of its own context under begin-frame control. Raises BrowserLostError."""
        opening = asyncio.create_task(self._open(spec))
        self._openings.add(opening)
        opening.add_done_callback(self._openings.discard)
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            # Half a page cannot be closed: it opens to its end, and then goes.
            opening.add_done_callback(self._close_unwanted)
            raise

    def _close_unwanted(self, opening: "asyncio.Task[Page]") -> None:
        if not opening.cancelled() and opening.exception() is None:
            closing = asyncio.create_task(opening.result().close())
            self._openings.add(closing)
            closing.add_done_callback(self._openings.discard)

    async def _open(self, spec: PageSpec) -> Page:
        try:
            context, identity = await self._open_context(spec)
            page = await self._open_target(context, identity)
        except PlaywrightError as error:
            self._check(error)
            raise
        self._pages.add(page)
        return page

    async def _open_context(self, spec: PageSpec) -> tuple[BrowserContext, str]:
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
        answer = await self._session.send("Target.getBrowserContexts")
        return set(answer["browserContextIds"])

    async def _open_target(self, context: BrowserContext, identity: str) -> Page:
        async with context.expect_page() as opened:
            await self._session.send(
                "Target.createTarget",
                {
                    "url": "about:blank",
                    "browserContextId": identity,
                    "enableBeginFrameControl": True,
                    "width": 1280,
                    "height": 720,
                },
            )
        return await Page.attach(self, context, await opened.value)

    def forget(self, page: Page) -> None:
        """A page tells that it has been closed."""
        self._pages.discard(page)

    def _check(self, error: PlaywrightError) -> None:
        if not self.alive or "closed" in error.message:
            self.kill()  # nobody closed it: the browser or Playwright's driver have gone
            raise BrowserLostError(error.message.partition("\n")[0]) from error

    async def close(self) -> None:
        """End it in good order within 3 s, and by force after that."""
        with suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(3):
                await self._playwright.close()
        self.kill()

    def kill(self) -> None:
        """End the whole process group at once; every render in it sees BrowserLostError.

        Also when its first process has died: others of the group may have outlived it.
        """
        self._lost()
        # Once only: later the number may be somebody else's.
        end, self._end = self._end, None
        with suppress(ProcessLookupError, PermissionError):
            if end is not None:
                end(self.pid, signal.SIGKILL)
        self._home.remove()

    def _lost(self) -> None:
        """The process has ended, or will have in a moment. The kernel tells, not the driver."""
        if not self.died.is_set():
            asyncio.get_running_loop().remove_reader(self._handle)
            os.close(self._handle)
        self.died.set()
        for page in list(self._pages):
            page.gone(BrowserLostError("the browser has gone"))
        self._pages.clear()
