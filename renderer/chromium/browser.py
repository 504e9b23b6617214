"""One browser process: its group, its frame lock, the contexts and pages in it."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from renderer.chromium.home import BrowserHome
from renderer.chromium.page import Page
from renderer.chromium.page_spec import PageSpec
from renderer.chromium.protocol import Control, ProtocolError
from renderer.errors import BrowserLostError, PageCrashedError

__all__ = ["Browser", "PageSpec"]

_END_S = 3


class Browser:
    """A running headless shell. Its pages draw strictly in turn, under `frame_lock`."""

    def __init__(self, control: Control, home: BrowserHome, pid: int) -> None:
        self.pid = pid
        self.version = control.version
        self.frame_lock = asyncio.Lock()
        self.died = asyncio.Event()
        self.renders = 0
        self.crashes = 0
        self.started = asyncio.get_running_loop().time()
        self.idle = asyncio.Event()
        self.idle.set()
        self._in_use = 0
        self._control = control
        self._home = home
        self._pages: set[Page] = set()
        self._under_way: set[asyncio.Task[Any]] = set()
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
        with suppress(ProtocolError, TimeoutError):
            async with asyncio.timeout(seconds):
                await self._control.ping()
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
        self._under_way.add(opening)
        opening.add_done_callback(self._under_way.discard)
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            # Half a page cannot be closed: it opens to its end, and then goes.
            opening.add_done_callback(self._close_unwanted)
            raise

    def _close_unwanted(self, opening: "asyncio.Task[Page]") -> None:
        if not opening.cancelled() and opening.exception() is None:
            self.close_soon(opening.result())

    def close_soon(self, page: Page) -> None:
        """Close a page that nobody uses, without a wait for it."""
        closing = asyncio.create_task(page.close())
        self._under_way.add(closing)
        closing.add_done_callback(self._under_way.discard)

    async def _open(self, spec: PageSpec) -> Page:
        try:
            page = Page(self, await self._control.open_tab(spec))
        except ProtocolError as error:
            if not self.alive or error.closed:
                self.kill()  # nobody closed it: the browser or Playwright's driver have gone
                raise BrowserLostError(error.message.partition("\n")[0]) from error
            if "crashed" in error.message:
                raise PageCrashedError from error
            raise
        self._pages.add(page)
        return page

    def forget(self, page: Page) -> None:
        """A page tells that it has been closed."""
        self._pages.discard(page)

    async def close(self) -> None:
        """End it in good order within 3 s, and by force after that."""
        with suppress(ProtocolError, TimeoutError):
            async with asyncio.timeout(_END_S):
                await self._control.close()
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
