"""Keeps a living browser in every seat: what died, hangs or has worked enough is replaced."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, Protocol

import structlog

from renderer.chromium.browser import Browser
from renderer.chromium.prepared_pages import PreparedPages
from renderer.chromium.warm_pages import WarmPages
from renderer.errors import EngineUnavailableError
from renderer.metrics import BROWSERS_REPLACED
from renderer.pool.memory import group_memory
from renderer.pool.seat import Seat
from renderer.settings import RendererSettings

__all__ = ["BrowserSource", "Reason", "Supervisor"]

log = structlog.get_logger(__name__)

Reason = Literal["crashed", "hung", "renders", "age", "memory", "pages"]
"""Why a browser was replaced. `pages`: too many of its pages had crashed."""

_BACK_OFF_S = (0.0, 0.2, 1.0, 5.0, 15.0)
_GROWN_UP_S = 10.0
"""A browser that dies younger than this counts as one that did not start: no hot loop."""

_CRASHED_PAGES = 20
_LOOKS_PER_WEIGHING = 2
"""Its memory is read, some 20 ms of work, at every second look: hostile documents of many layers
may hold half a gigabyte each."""


class BrowserSource(Protocol):
    """What starts browsers of one kind."""

    @property
    def sandbox(self) -> bool:
        """Whether the latest browser has its sandbox."""
        ...

    async def launch(self, dead_proxy: str) -> Browser:
        """A browser that answers. Raises EngineUnavailableError."""
        ...

    async def doubt_driver(self) -> None:
        """A start has failed: begin anew with whatever they share, if no browser lives."""
        ...


class Supervisor:
    """Fills the seats of one pool and watches over them.

    `on_change` is called when a seat has got a browser and when it has failed to get one.
    `restarts`: how many browsers were replaced, by reason.
    """

    def __init__(
        self,
        settings: RendererSettings,
        launcher: BrowserSource,
        on_change: Callable[[Seat], None],
    ) -> None:
        self._settings = settings
        self._launcher = launcher
        self._on_change = on_change
        self._browsers: set[Browser] = set()
        self._leaving: set[asyncio.Task[None]] = set()
        self._in_turn = asyncio.Lock()
        self._dead_proxy = ""
        self.restarts: Counter[Reason] = Counter()
        self.version = ""

    def refuse_all(self, dead_proxy: str) -> None:
        """Say which port of the proxy is for what has none of its own."""
        self._dead_proxy = dead_proxy

    async def fill(self, seat: Seat) -> None:
        """Start a browser; from then on the seat's slots are the new one's.

        Raises EngineUnavailableError; the seat then keeps what it had.
        """
        browser = await self._launcher.launch(self._dead_proxy)
        self._browsers.add(browser)
        settings = self._settings
        seat.warm = WarmPages(browser, self._dead_proxy, settings.pages_per_browser)
        seat.prepared = PreparedPages(browser, settings.prepared_pages)
        seat.browser = browser
        seat.refusals.clear()
        self.version = browser.version
        log.info("browser_started", seat=seat.number, pid=browser.pid, version=browser.version)
        self._on_change(seat)

    async def watch(self, seat: Seat) -> None:
        """Keep a browser in the seat for as long as this runs."""
        while True:
            browser = seat.browser
            if browser is None or not browser.alive:
                await self._refill(seat)
            else:
                await self._look_after(seat, browser, random.uniform(0.8, 1.2))

    async def close(self) -> None:
        """End every browser that was started; those that are leaving too."""
        for task in self._leaving:
            task.cancel()
        await asyncio.gather(*(browser.close() for browser in self._browsers))
        self._browsers.clear()

    async def _look_after(self, seat: Seat, browser: Browser, life: float) -> None:
        """Until it has died or been replaced. `life`: not all browsers shall be due at once."""
        looks = 0
        fault: Reason = "crashed"
        while browser.alive and seat.browser is browser:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.browser_check):
                    await browser.died.wait()
            looks += 1
            if not await self._answers(browser):
                fault = "hung"
                break
            await self._recycle(seat, browser, life, weigh=looks % _LOOKS_PER_WEIGHING == 0)
        if seat.browser is browser:
            self._gone(seat, browser, fault)

    async def _recycle(self, seat: Seat, browser: Browser, life: float, *, weigh: bool) -> None:
        """Replace it if it has worked enough."""
        try:
            if reason := await self._due(browser, life, weigh=weigh):
                await self._replace(seat, browser, reason)
        except Exception:
            # A full disk, no more threads or descriptors: it goes on, and is looked at again.
            log.exception("browser_not_recycled", seat=seat.number, pid=browser.pid)

    async def _answers(self, browser: Browser) -> bool:
        """False if it hangs; one that has died does not."""
        half = self._settings.browser_patience / 2
        for _ in range(2):  # what was late may have been we
            if not browser.alive or await browser.answers(half):
                return True
        return not browser.alive

    def _gone(self, seat: Seat, browser: Browser, reason: Reason) -> None:
        age = asyncio.get_running_loop().time() - browser.started
        seat.failures = seat.failures + 1 if age < _GROWN_UP_S else 0
        self._count(seat, browser, reason)
        browser.kill()
        self._browsers.discard(browser)

    def _count(self, seat: Seat, browser: Browser, reason: Reason) -> None:
        self.restarts[reason] += 1
        BROWSERS_REPLACED.labels(reason).inc()
        log.warning("browser_replaced", seat=seat.number, pid=browser.pid, reason=reason)

    async def _due(self, browser: Browser, life: float, *, weigh: bool) -> Reason | None:
        settings = self._settings
        age = asyncio.get_running_loop().time() - browser.started
        if browser.renders > settings.recycle_after * life:
            return "renders"
        if age > settings.recycle_age * life:
            return "age"
        if browser.crashes >= _CRASHED_PAGES:
            return "pages"
        if not weigh:
            return None
        held = await asyncio.to_thread(group_memory, browser.pid)
        return "memory" if held > settings.recycle_memory_mb * 1_000_000 else None

    async def _replace(self, seat: Seat, browser: Browser, reason: Reason) -> None:
        """Start the successor first; what the old one draws it draws to its end."""
        async with self._in_turn:
            try:
                await self.fill(seat)
            except EngineUnavailableError as error:
                log.warning("browser_did_not_start", seat=seat.number, reason=error.private)
                return  # it goes on with the old one
        self._count(seat, browser, reason)
        task = asyncio.create_task(self._retire(browser))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _retire(self, browser: Browser) -> None:
        await browser.idle.wait()  # every render has its deadline
        await browser.close()
        self._browsers.discard(browser)

    async def _refill(self, seat: Seat) -> None:
        seat.browser = None
        pause = _BACK_OFF_S[min(seat.failures, len(_BACK_OFF_S) - 1)]
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))
        try:
            await self.fill(seat)
        except EngineUnavailableError as error:
            await self._failed(seat, error)
        except Exception as error:
            # A full disk, no more processes: whatever it is, the seat must not be given up.
            log.exception("browser_did_not_start", seat=seat.number)
            await self._failed(seat, EngineUnavailableError(private=repr(error)))

    async def _failed(self, seat: Seat, error: EngineUnavailableError) -> None:
        seat.failures += 1
        seat.refusals = [*seat.refusals[-1:], error]
        log.warning("browser_did_not_start", seat=seat.number, reason=error.private)
        await self._launcher.doubt_driver()
        self._on_change(seat)
