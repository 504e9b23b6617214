"""The life of one render, as a literal list of steps that everybody calls.

    resolve    the template's version and layout                         templates_store
    validate   variables against their definitions                       templates_store
    admit      what is over a limit is refused before any work           jobs
    recall     an equal render that timed out lately is not tried again  jobs
    draw       compose load settle inspect capture encode seal           renderer
    store      the artifact, its row and its event in one unit of work   core

API, worker and command line call this list; logs and `Server-Timing` use the same names.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

import structlog

from core.artifacts import Artifacts
from core.clock import now_us
from core.database import Database
from core.errors import InternalError, PlatenError, RenderTimeoutError
from core.ids import new_id
from core.isolation import Isolations
from jobs.render.admission import admit
from jobs.render.checked_data import checked_data
from jobs.render.command import Kind, RenderCommand, TemplateRef
from jobs.render.key import render_key
from jobs.render.life import RenderLife
from jobs.render.rendered import Rendered
from jobs.render.request import render_request
from jobs.render.rows import RenderRow, RenderRows
from jobs.render.settings import RenderSettings
from jobs.render.store import RenderStore
from jobs.render.timeouts import TimeoutMemory
from jobs.render.warned import refuse_warned
from renderer.pool import Pressure
from renderer.request import RenderRequest, RenderResult
from templates_store.templates import Templates

__all__ = ["Draws", "RenderCommand", "Rendered", "Renders", "TemplateRef"]

_GRACE = 2.0
"""Seconds after the deadline in which the renderer stops by itself before it is made to."""

log = structlog.get_logger(__name__)


class Draws(Protocol):
    """The renderer's port."""

    async def render(self, request: RenderRequest) -> RenderResult:
        """From a request to bytes, within its timeout."""
        ...

    def pressure(self) -> Pressure:
        """How busy it is."""
        ...


class Renders:
    """Makes renders, and finds those that were made."""

    def __init__(
        self,
        db: Database,
        artifacts: Artifacts,
        templates: Templates,
        renderer: Draws,
        settings: RenderSettings | None = None,
    ) -> None:
        self.settings = settings or RenderSettings()
        self._isolations = Isolations(db)
        self._templates = templates
        self._renderer = renderer
        self._store = RenderStore(db, artifacts)
        self._rows = RenderRows(db)
        self._timeouts = TimeoutMemory(self.settings.timeout_memory)
        self.succeeded_at: float | None = None  # seconds on the monotonic clock
        self.steps: tuple[tuple[str, Callable[[RenderLife], Awaitable[None]]], ...] = (
            ("resolve", self._resolve),
            ("validate", self._validate),
            ("admit", self._admit),
            ("recall", self._recall),
            ("draw", self._draw),
            ("store", self._store.keep),
        )

    async def run(self, command: RenderCommand) -> Rendered:
        """Make one render. Cancelling stops the work where it is.

        Raises any PlatenError; a deadline is always RenderTimeoutError, whoever noticed it.
        """
        deadline = asyncio.get_running_loop().time() + command.timeout
        life = RenderLife(command, new_id("rnd"), now_us(), deadline)
        try:
            await self._live(life)
        except PlatenError as error:
            log.info("render_failed", render=life.id, code=error.code, steps=list(life.timings))
            await self._store.tell_failure(life, error)
            raise
        except Exception:  # a fault of ours: who listens for failures is told of it as well
            await self._store.tell_failure(
                life, InternalError("The render failed inside the service")
            )
            raise
        return life.rendered()

    async def _live(self, life: RenderLife) -> None:
        try:
            async with asyncio.timeout_at(life.deadline + _GRACE):
                for name, step in self.steps:
                    with life.step(name):
                        await step(life)
        except TimeoutError as error:
            raise _late(life.command) from error

    async def _resolve(self, life: RenderLife) -> None:
        origin = life.command.origin
        if isinstance(origin, TemplateRef):
            life.resolved = await self._templates.resolve(
                life.command.workspace_id,
                origin.uid,
                version=origin.version,
                layout=origin.layout,
                even_deleted=life.command.batch_id is not None,  # pinned when it was accepted
            )

    async def _validate(self, life: RenderLife) -> None:
        life.data = checked_data(life.command, life.resolved, self.settings)

    async def _admit(self, life: RenderLife) -> None:
        life.request = render_request(
            life.command, life.resolved, life.data, life.accepted_us, self.settings
        )
        admit(life.request.output, self.settings)

    async def _recall(self, life: RenderLife) -> None:
        assert life.request is not None
        life.key = render_key(life.request, timed=life.command.now_us is not None)
        self._timeouts.check(life.key, life.command.timeout)

    async def _draw(self, life: RenderLife) -> None:
        assert life.request is not None
        own = await self._isolations.strict(life.command.workspace_id)
        left = life.deadline - asyncio.get_running_loop().time()
        request = replace(life.request, account=life.id, timeout=left, own_browser=own)
        pressure = self._renderer.pressure()
        waits = pressure.running >= pressure.slots or pressure.queued > 0
        try:
            life.result = await self._renderer.render(request)
        except RenderTimeoutError as error:
            if not waits:  # else the queue may have taken the time, which is not the page's fault
                self._timeouts.remember(life.key, life.command.timeout)
            raise _late(life.command) from error
        self.succeeded_at = time.monotonic()
        refuse_warned(life.command.fail_on_warnings, life.rendered().warnings)

    async def list(
        self, workspace_id: str, kind: Kind | None = None, limit: int = 30, offset: int = 0
    ) -> tuple[list[RenderRow], int]:
        """The workspace's kept renders, newest first, and the count of all."""
        return await self._rows.list(workspace_id, kind, limit, offset)

    async def get(self, workspace_id: str, render_id: str, kind: Kind | None = None) -> RenderRow:
        """One kept render. Raises NotFoundError."""
        return await self._rows.get(workspace_id, render_id, kind)


def _late(command: RenderCommand) -> RenderTimeoutError:
    return RenderTimeoutError(
        f"The render did not end within its {command.timeout:g} s, the wait for a slot included: "
        "make the page lighter, or raise timeout"
    )
