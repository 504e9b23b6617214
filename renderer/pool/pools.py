"""All browsers of the service: who draws what, behind which wall.

shared     documents without scripts, canvases; warm pages; we speak with these browsers ourselves
scripted   documents with scripts, and all that need a context of their own: browsers beside those,
           so that nobody's script ever runs in a process that holds a warm page
visiting   pages of the web, and what else asks for more than a document: Playwright's
own        workspaces that share nothing: one browser each, for all that they draw; Playwright's

The last three start when they are needed and end when nobody needs them.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from egress.proxy import EgressProxy
from renderer.chromium.launch import Launcher
from renderer.chromium.pipe.starter import PipeStarter
from renderer.chromium.program import SCRIPT_SWITCHES
from renderer.chromium.scripted.starter import PlaywrightStarter
from renderer.pool.need import Need
from renderer.pool.own_pools import OwnPools
from renderer.pool.pool import Pool
from renderer.pool.pressure import Pressure
from renderer.pool.slot import Slot
from renderer.settings import RendererSettings

if TYPE_CHECKING:
    from renderer.pool.supervisor import Reason

__all__ = ["Pools"]

_SCRIPTED = "scripted"
_VISITING = "visiting"


class Pools:
    """The pools of all kinds; `acquire` chooses between them."""

    def __init__(self, settings: RendererSettings, proxy: EgressProxy) -> None:
        self.playwright = Launcher(settings, PlaywrightStarter())
        self.shared = Pool(settings, proxy, Launcher(settings, PipeStarter()))

        def lazy(launcher: Launcher, browsers: int, keep: int, idle_s: float) -> OwnPools:
            fewer = settings.model_copy(update={"browsers": browsers})
            return OwnPools(
                lambda on_idle: Pool(fewer, proxy, launcher, on_idle),
                keep=keep,
                idle_s=idle_s,
                queue=settings.render_queue,
                after=launcher.rest,
            )

        scripts = Launcher(settings, PipeStarter(SCRIPT_SWITCHES))
        browsers, idle_s = settings.script_browsers, settings.script_idle
        self.scripted = lazy(scripts, browsers, 1, idle_s)
        self.visiting = lazy(self.playwright, browsers, 1, idle_s)
        self.own = lazy(self.playwright, 1, settings.strict_browsers, settings.strict_idle)

    async def start(self) -> None:
        """Start the first shared browser. Raises EngineUnavailableError."""
        await self.shared.start()

    async def close(self) -> None:
        """End every browser, then the driver."""
        lazy = (self.scripted, self.visiting, self.own)
        await asyncio.gather(self.shared.close(), *(pools.close() for pools in lazy))
        await self.playwright.close()

    async def acquire(self, need: Need, *, own_browser: bool) -> Slot:
        """A slot. Raises EngineUnavailableError, OverloadedError."""
        if own_browser:
            return await self.own.acquire(need.workspace, need)
        if need.own_context and need.gear:
            return await self.visiting.acquire(_VISITING, need)
        if need.own_context:
            return await self.scripted.acquire(_SCRIPTED, need)
        return await self.shared.acquire(need)

    @property
    def version(self) -> str:
        """The browsers' version, "" before the first has started."""
        return self.shared.version

    @property
    def restarts(self) -> Mapping["Reason", int]:
        """How many of the browsers that run now took another's place, by reason."""
        together: Counter[Reason] = Counter()
        for pool in self._all:
            together.update(pool.restarts)
        return together

    @property
    def _all(self) -> list[Pool]:
        return [self.shared, *self.scripted.pools, *self.visiting.pools, *self.own.pools]

    def pressure(self) -> Pressure:
        """A look at all of them that costs nothing."""
        waiting = self.scripted.waiting + self.visiting.waiting + self.own.waiting
        return Pressure.of_all([pool.pressure() for pool in self._all], waiting)
