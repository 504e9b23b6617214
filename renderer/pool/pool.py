"""The slots of the supervised browsers, and who gets them.

A slot is the right to use one page of one browser until a deadline.
"""

import asyncio
import math
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from core.errors import OverloadedError, ServiceError
from egress.port import ProxyPort
from egress.proxy import EgressProxy
from renderer.errors import EngineUnavailableError
from renderer.lanes import Lanes
from renderer.metrics import RENDERS_REFUSED
from renderer.pool.manners import Manners
from renderer.pool.need import Need
from renderer.pool.orphans import end_orphans
from renderer.pool.pace import Pace
from renderer.pool.pressure import Pressure
from renderer.pool.seat import Seat
from renderer.pool.slot import Slot
from renderer.pool.supervisor import BrowserSource, Reason, Supervisor
from renderer.settings import RendererSettings

__all__ = ["Pool"]

log = structlog.get_logger(__name__)

_LATEST_RETRY_S = 60
_ENGINE_RETRY_S = 5
_LOOKS_PER_TIDYING = 12


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """A render that waits; the future is its slot."""

    need: Need
    slot: asyncio.Future[Slot]


class Pool:
    """Keeps `settings.browsers` browsers alive and hands out their slots.

    `on_idle` is called whenever no render runs or waits any more.
    """

    def __init__(
        self,
        settings: RendererSettings,
        proxy: EgressProxy,
        launcher: BrowserSource,
        on_idle: Callable[[], None] | None = None,
    ) -> None:
        self._settings = settings
        self._proxy = proxy
        self._launcher = launcher
        self._on_idle = on_idle
        self._supervisor = Supervisor(settings, launcher, self._changed)
        self._ports: list[ProxyPort] = []
        self._seats: list[Seat] = []
        self._lanes: Lanes[_Place] = Lanes(lambda place: self._keeps_page(place.need))
        self._manners = Manners(settings.browsers, self._serve)
        self._pace = Pace()
        self._running = 0
        self._scripts_seen = False
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Start the first browser and answer; the others follow. Raises EngineUnavailableError."""
        self._keep(self._tidy())
        # A port of the proxy that no render ever begins: it refuses everything.
        self._supervisor.refuse_all((await self._open_port()).url)
        for number in range(self._settings.browsers):
            ports = [await self._open_port() for _ in range(self._settings.slots_per_browser)]
            self._seats.append(Seat(number, ports))
        await self._supervisor.fill(self._seats[0])
        for seat in self._seats:
            self._keep(self._supervisor.watch(seat))

    async def _open_port(self) -> ProxyPort:
        port = await self._proxy.open_port()
        self._ports.append(port)
        return port

    async def close(self) -> None:
        """End all browsers and close their ports. Renders under way fail."""
        self._manners.close()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        await self._supervisor.close()
        await asyncio.gather(*(self._proxy.close_port(port) for port in self._ports))

    @property
    def version(self) -> str:
        """The browsers' version, "" before the first has started."""
        return self._supervisor.version

    @property
    def restarts(self) -> Mapping[Reason, int]:
        """How many browsers were replaced, by reason."""
        return self._supervisor.restarts

    @property
    def idle(self) -> bool:
        """Whether no render runs or waits."""
        return not self._running and not self._lanes

    def pressure(self) -> Pressure:
        """A look at the pool that costs nothing."""
        return Pressure(
            running=self._running,
            queued=len(self._lanes),
            slots=self._slots,
            browsers=sum(1 for seat in self._seats if seat.alive),
            sandbox=self._launcher.sandbox,
            waiting_cost=self._lanes.cost,
        )

    @property
    def _slots(self) -> int:
        return len(self._seats) * self._settings.slots_per_browser

    # Slots

    async def acquire(self, need: Need) -> Slot:
        """Wait for a slot.

        Raises at once OverloadedError when too much waits already or the wait would take longer
        than the render has, EngineUnavailableError when no browser starts.
        """
        # Slots that are free while bulk renders wait are not for those.
        first = not self._lanes.waits(need.lane) and not self._lanes.waits("interactive")
        if first and (slot := self._free_slot(need)):
            return slot
        self._admit(need)
        place = _Place(need, asyncio.get_running_loop().create_future())
        self._lanes.add(need.lane, need.workspace, place, need.cost)
        try:
            return await place.slot
        except asyncio.CancelledError:
            if place.slot.done() and not place.slot.cancelled() and not place.slot.exception():
                self.release(place.slot.result())
            raise
        finally:
            self._lanes.remove(need.lane, need.workspace, place)

    def _admit(self, need: Need) -> None:
        if error := self._lost():
            RENDERS_REFUSED.labels("no_browser").inc()
            raise error
        limit = self._settings.render_queue
        waiting = self._lanes.cost
        if waiting + need.cost > limit and (self._lanes or not limit):
            RENDERS_REFUSED.labels("queue_full").inc()
            raise OverloadedError(
                "All render slots are taken and the work of "
                f"{waiting:.0f} small pictures waits; {limit} may (PLATEN_RENDER_QUEUE). Send the "
                "request again after `Retry-After` seconds.",
                retry_after=self._retry_after(waiting),
            )
        wait = self._pace.wait(self._lanes.ahead(need.lane, need.workspace), self._slots)
        if need.seconds is not None and wait > need.seconds:
            RENDERS_REFUSED.labels("wait_too_long").inc()
            raise OverloadedError(
                f"The wait for a render slot would take about {wait:.1f} s, longer than this "
                "render has. Send the request again later, or with a longer `timeout`.",
                retry_after=self._retry_after(waiting),
            )

    def _retry_after(self, cost: float) -> int:
        """Whole seconds until what waits now has been drawn, at the latest pace."""
        wait = self._pace.wait(cost, self._slots)
        return min(max(1, math.ceil(wait)), _LATEST_RETRY_S)

    def _lost(self) -> ServiceError | None:
        """The error while there is no browser and none to be expected soon."""
        if not self._seats or not all(seat.lost for seat in self._seats):
            return None
        reason = self._seats[0].refusals[-1]
        return EngineUnavailableError(
            reason.message, retry_after=_ENGINE_RETRY_S, private=reason.private
        )

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
        self._pace.note(asyncio.get_running_loop().time() - slot.since, slot.need.cost)
        self._running -= 1
        self._manners.ended(slot.need.lane)
        slot.browser.use(-1)
        slot.seat.free.append(slot.port)
        if slot.need.own_context and slot.seat.prepared is not None:
            slot.seat.prepared.prepare(slot.port.url)
        self._serve()
        if self.idle and self._on_idle is not None:
            self._on_idle()

    def _serve(self) -> None:
        while True:
            bulk = self._manners.allow("bulk")
            place = self._lanes.first(bulk=bulk)
            if place is None:
                return
            lane, workspace = place.need.lane, place.need.workspace
            if place.slot.done():
                self._lanes.remove(lane, workspace, place)  # cancelled while it waited
                continue
            slot = self._free_slot(place.need)
            if slot is None:
                return
            self._lanes.pop(lane, workspace, place)
            place.slot.set_result(slot)

    def _keeps_page(self, need: Need) -> bool:
        """Whether a browser with a free slot keeps a page for it."""
        return any(seat.keeps_page(need) for seat in self._seats if seat.free and seat.alive)

    def _free_slot(self, need: Need) -> Slot | None:
        """A slot in the browser with most free slots, one with the right page kept if equal."""
        usable = [seat for seat in self._seats if seat.free and seat.alive]
        if not usable or not self._manners.allow(need.lane):
            return None
        seat = max(usable, key=lambda one: one.rank(need))
        browser, warm, prepared = seat.browser, seat.warm, seat.prepared
        if browser is None or warm is None or prepared is None:
            return None
        self._running += 1
        self._manners.begun(need.lane)
        self._scripts_seen = self._scripts_seen or need.own_context
        browser.use(1)
        since = asyncio.get_running_loop().time()
        return Slot(self, seat, browser, warm, prepared, seat.take_port(need), need, since)

    # Supervision

    def _changed(self, seat: Seat) -> None:
        """A seat has got a browser, or has failed to get one."""
        self._serve()
        if seat.alive and seat.prepared is not None and self._scripts_seen and seat.free:
            seat.prepared.prepare(seat.free[0].url)
        if error := self._lost():
            for place in self._lanes.clear():
                if not place.slot.done():
                    place.slot.set_exception(error)

    async def _tidy(self) -> None:
        """Now and every now and then: end what an earlier service, or we, have left behind."""
        while True:
            try:
                await asyncio.to_thread(end_orphans, self._settings)
            except (OSError, EngineUnavailableError):
                log.exception("orphans_not_ended")
            await asyncio.sleep(self._settings.browser_check * _LOOKS_PER_TIDYING)

    def _keep(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
