"""The supervised browsers and the slots in them.

A slot is the right to use one page of one browser until a deadline. Waiting renders are served
interactive first, and every fourth time the bulk lane's first, so that neither starves.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from core.errors import OverloadedError
from egress.port import ProxyPort
from egress.proxy import EgressProxy
from renderer.chromium.browser import Browser
from renderer.chromium.home import sweep_homes
from renderer.chromium.launch import Launcher
from renderer.chromium.warm_pages import WarmPages
from renderer.errors import EngineUnavailableError
from renderer.request import Lane
from renderer.settings import RendererSettings

__all__ = ["Pool", "Pressure", "Slot"]

log = structlog.get_logger(__name__)

_BULK_TURN = 4
_BACK_OFF_S = (0.0, 0.2, 1.0, 5.0, 15.0)


@dataclass(frozen=True, slots=True)
class Pressure:
    """How busy the pool is. `sandbox`: whether the browsers' own sandbox is on."""

    running: int
    queued: int
    slots: int
    browsers: int
    sandbox: bool

    @classmethod
    def of_all(cls, parts: "Sequence[Pressure]", waiting: int) -> "Pressure":
        """Several pools as one, and how many renders wait for a pool at all."""
        return cls(
            running=sum(part.running for part in parts),
            queued=waiting + sum(part.queued for part in parts),
            slots=sum(part.slots for part in parts),
            browsers=sum(part.browsers for part in parts),
            sandbox=all(part.sandbox for part in parts),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """One place in one browser. `port` is the proxy's port for pages with their own traffic."""

    pool: "Pool"
    seat: "_Seat"
    browser: Browser
    warm: WarmPages
    port: ProxyPort


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """A render that waits; the future is its slot."""

    workspace: str
    slot: asyncio.Future[Slot]


class _Seat:
    """The place of one browser in the pool; browsers come and go in it."""

    def __init__(self, number: int, ports: list[ProxyPort]) -> None:
        self.number = number
        self.free = ports
        self.browser: Browser | None = None
        self.warm: WarmPages | None = None
        self.failures = 0
        self.life = random.uniform(0.8, 1.2)

    def usable(self) -> bool:
        return bool(self.free) and self.browser is not None and self.browser.alive


class Pool:
    """Keeps `settings.browsers` browsers alive and hands out their slots."""

    def __init__(
        self,
        settings: RendererSettings,
        proxy: EgressProxy,
        launcher: Launcher,
        on_idle: Callable[[], None] | None = None,
    ) -> None:
        self._settings = settings
        self._proxy = proxy
        self._launcher = launcher
        self._on_idle = on_idle
        self._ports: list[ProxyPort] = []
        self._seats: list[_Seat] = []
        self._waiting: dict[Lane, deque[_Place]] = {
            "interactive": deque(),
            "bulk": deque(),
        }
        self._turn = 0
        self._running = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False
        self._dead_proxy = ""
        self.version = ""

    async def start(self) -> None:
        """Start the first browser and answer; the others follow. Raises EngineUnavailableError."""
        sweep_homes(self._settings)
        # A port of the proxy that no render ever begins: it refuses everything.
        self._dead_proxy = (await self._open_port()).url
        for number in range(self._settings.browsers):
            ports = [await self._open_port() for _ in range(self._settings.slots_per_browser)]
            self._seats.append(_Seat(number, ports))
        await self._fill(self._seats[0])
        for seat in self._seats:
            self._keep(self._supervise(seat))

    async def _open_port(self) -> ProxyPort:
        port = await self._proxy.open_port()
        self._ports.append(port)
        return port

    async def close(self) -> None:
        """End all browsers and close their ports. Renders under way fail."""
        self._closing = True
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        browsers = [seat.browser for seat in self._seats if seat.browser]
        await asyncio.gather(*(browser.close() for browser in browsers))
        await asyncio.gather(*(self._proxy.close_port(port) for port in self._ports))

    @property
    def idle(self) -> bool:
        """Whether no render runs or waits."""
        return not self._running and not any(self._waiting.values())

    def pressure(self) -> Pressure:
        """A look at the pool that costs nothing."""
        return Pressure(
            running=self._running,
            queued=sum(len(queue) for queue in self._waiting.values()),
            slots=len(self._seats) * self._settings.slots_per_browser,
            browsers=sum(1 for seat in self._seats if seat.browser and seat.browser.alive),
            sandbox=self._launcher.sandbox,
        )

    # Slots

    async def acquire(self, lane: Lane, workspace: str) -> Slot:
        """Wait for a slot. Raises OverloadedError at once when too many wait already."""
        if slot := self._free_slot(workspace):
            return slot
        if sum(len(queue) for queue in self._waiting.values()) >= self._settings.render_queue:
            raise OverloadedError(
                f"All render slots are taken and {self._settings.render_queue} renders wait "
                "(PLATEN_RENDER_QUEUE). Send the request again in a moment.",
                retry_after=2,
            )
        place = _Place(workspace, asyncio.get_running_loop().create_future())
        self._waiting[lane].append(place)
        try:
            return await place.slot
        except asyncio.CancelledError:
            if place.slot.done() and not place.slot.cancelled():
                self.release(place.slot.result())
            raise
        finally:
            with suppress(ValueError):
                self._waiting[lane].remove(place)

    def release(self, slot: Slot, cleaning: Coroutine[Any, Any, None] | None = None) -> None:
        """Give a slot back, after `cleaning` if there is any; the caller does not wait for it."""
        if cleaning is None:
            self._freed(slot)
        else:
            self._keep(self._clean(slot, cleaning))

    async def _clean(self, slot: Slot, cleaning: Coroutine[Any, Any, None]) -> None:
        try:
            await cleaning
        except Exception:
            # Whatever cleaning meets, the slot must come back: the browser goes instead.
            log.exception("page_not_cleaned", browser=slot.browser.pid)
            slot.browser.kill()
        finally:
            self._freed(slot)

    def _freed(self, slot: Slot) -> None:
        self._running -= 1
        slot.browser.use(-1)
        slot.seat.free.append(slot.port)
        self._serve()
        if self.idle and self._on_idle is not None:
            self._on_idle()

    def _serve(self) -> None:
        while (queue := self._next_queue()) is not None:
            if queue[0].slot.done():
                queue.popleft()  # cancelled while it waited
                continue
            slot = self._free_slot(queue[0].workspace)
            if slot is None:
                return
            queue.popleft().slot.set_result(slot)

    def _next_queue(self) -> "deque[_Place] | None":
        lanes: tuple[Lane, Lane] = ("interactive", "bulk")
        if self._turn % _BULK_TURN == _BULK_TURN - 1:
            lanes = ("bulk", "interactive")
        return next((self._waiting[lane] for lane in lanes if self._waiting[lane]), None)

    def _free_slot(self, workspace: str) -> Slot | None:
        """A slot in the browser with most free slots, one with the workspace's page if equal."""
        best: _Seat | None = None
        for seat in self._seats:
            if seat.usable() and (best is None or _rank(seat, workspace) > _rank(best, workspace)):
                best = seat
        if best is None or best.browser is None or best.warm is None:
            return None
        self._turn += 1
        self._running += 1
        best.browser.use(1)
        return Slot(self, best, best.browser, best.warm, best.free.pop())

    # Supervision

    def _keep(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _supervise(self, seat: _Seat) -> None:
        """Replace the seat's browser whenever it dies or has drawn enough."""
        while not self._closing:
            if seat.browser is None or not seat.browser.alive:
                await self._refill(seat)
            else:
                await self._until_due(seat, seat.browser)

    async def _until_due(self, seat: _Seat, browser: Browser) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await browser.died.wait()
        if browser.alive and browser.renders > self._settings.recycle_after * seat.life:
            await self._fill(seat)
            self._keep(self._retire(seat, browser))

    async def _retire(self, seat: _Seat, browser: Browser) -> None:
        """End a replaced browser when its last render has ended (120 s at most)."""
        with suppress(TimeoutError):
            async with asyncio.timeout(120):
                await browser.idle.wait()
        await browser.close()

    async def _refill(self, seat: _Seat) -> None:
        if seat.browser is not None:
            seat.browser.kill()
            seat.browser = None
        pause = _BACK_OFF_S[min(seat.failures, len(_BACK_OFF_S) - 1)]
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))
        try:
            await self._fill(seat)
            seat.failures = 0
        except EngineUnavailableError as error:
            seat.failures += 1
            log.warning("browser_did_not_start", seat=seat.number, reason=error.private)
            await self._launcher.doubt_driver()

    async def _fill(self, seat: _Seat) -> None:
        browser = await self._launcher.launch(self._dead_proxy)
        seat.warm = WarmPages(browser, self._dead_proxy, self._settings.pages_per_browser)
        seat.browser = browser
        seat.life = random.uniform(0.8, 1.2)
        self.version = browser.version
        log.info("browser_started", seat=seat.number, pid=browser.pid, version=browser.version)
        self._serve()


def _rank(seat: _Seat, workspace: str) -> tuple[int, bool]:
    return len(seat.free), bool(seat.warm and seat.warm.has(workspace))
