"""The life of one render, as a literal list of steps that everybody calls.

    resolve    the template's version and layout                         templates_store
    validate   variables against their definitions                       templates_store
    admit      what is over a limit is refused before any work           jobs
    recall     an equal render answers from the store; one that timed
               out lately is not tried again                             jobs
    draw       compose load settle inspect capture encode seal, once for
               all equal renders under way                               renderer
    store      the artifact, its row and its event in one unit of work   core

`draft` does all of it but the unit of work, for items of batches: their rows are written in sets.

API, worker and command line call this list; logs and `Server-Timing` use the same names.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from typing import Protocol

import structlog

from core.artifacts import Artifacts
from core.clock import now_us
from core.database import Database
from core.errors import (
    ContentError,
    FieldError,
    InternalError,
    PlatenError,
    RenderTimeoutError,
)
from core.ids import new_id
from core.isolation import Isolations
from core.lack import lack_of
from core.listing import Window
from jobs.render.admission import admit
from jobs.render.checked_data import checked_data
from jobs.render.command import InlineTemplate, Kind, RenderCommand, TemplateRef
from jobs.render.composition import Composition
from jobs.render.flights import Flight, Flights
from jobs.render.key import render_key
from jobs.render.life import RenderLife
from jobs.render.missing import missing_photos, refuse_missing
from jobs.render.recall import Recall
from jobs.render.rendered import Rendered
from jobs.render.request import render_request
from jobs.render.rows import RenderRow, RenderRows
from jobs.render.settings import RenderSettings
from jobs.render.store import RenderStore
from jobs.render.stored import KeptFiles, Stored
from jobs.render.timeouts import TimeoutMemory
from jobs.render.warned import refuse_warned
from renderer.compose.composed import Composed
from renderer.pool import Pressure
from renderer.request import AssetUse, RenderRequest, RenderResult, UrlSource
from renderer.stored import ReadFile
from templates_store.assets.catalogue import Catalogues
from templates_store.resolved import Resolved
from templates_store.templates import Templates

__all__ = ["Draws", "RenderCommand", "Rendered", "Renders", "TemplateRef"]

_GRACE = 2.0
"""Seconds after the deadline in which the renderer stops by itself before it is made to."""

log = structlog.get_logger(__name__)


_Step = tuple[str, Callable[[RenderLife], Awaitable[object]]]


class Draws(Protocol):
    """The renderer's port."""

    async def render(self, request: RenderRequest, read: ReadFile = ...) -> RenderResult:
        """From a request to bytes, within its timeout; `read` gives the workspace's files."""
        ...

    async def compose(self, request: RenderRequest) -> Composed:
        """The documents of a request, for several renders of it."""
        ...

    def pressure(self) -> Pressure:
        """How busy it is."""
        ...

    def build(self) -> str:
        """What decides the bytes beside the request."""
        ...

    async def unchanged(self, request: RenderRequest, assets: Sequence[AssetUse]) -> bool:
        """Whether what an earlier render used from outside is still the same."""
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
        stored: Stored | None = None,
    ) -> None:
        self.settings = settings or RenderSettings()
        self._stored = stored or Stored(Catalogues(db))
        self._isolations = Isolations(db)
        self._templates = templates
        self._renderer = renderer
        self._store = RenderStore(db, artifacts)
        self._recalls = Recall(db, artifacts, self._store, renderer.unchanged)
        self._flights = Flights(artifacts.discard)
        self._rows = RenderRows(db)
        self._timeouts = TimeoutMemory(self.settings.timeout_memory)
        self.succeeded_at: float | None = None  # seconds on the monotonic clock
        begin: tuple[_Step, ...] = (
            ("resolve", self._resolve),
            ("validate", self._validate),
            ("admit", self._admit),
        )
        draw: _Step = ("draw", self._draw)
        recall, ready = ("recall", self._recall), ("recall", self._ready)
        self.steps = (*begin, recall, draw, ("store", self._store.keep))
        self._draft_steps = (*begin, ready, draw, ("store", self._store.prepare))
        self.write_all = self._store.write_all

    async def run(
        self,
        command: RenderCommand,
        composition: Composition | None = None,
        turn: AbstractAsyncContextManager[object] | None = None,
    ) -> Rendered:
        """Make one render. Cancelling stops the work where it is.

        Renders of one call with the same data are given one `composition` to share. `turn` is
        held while it is drawn, and not entered when it need not be.
        Raises any PlatenError; a deadline is always RenderTimeoutError, whoever noticed it.
        """
        deadline = asyncio.get_running_loop().time() + command.timeout
        moment = composition.moment_us if composition else now_us()
        life = RenderLife(
            command, new_id("rnd"), moment, deadline, composition, turn or nullcontext()
        )
        try:
            await self._live(life)
        except PlatenError as error:
            log.info("render_failed", render=life.id, code=error.code, steps=list(life.timings))
            await self._store.tell_failure(life, error)
            _place(error, life.command)
            raise
        except Exception as error:  # ours to mend: who listens for failures is told of it as well
            lack = lack_of(error)
            hidden = lack or InternalError("The render failed inside the service")
            await self._store.tell_failure(life, hidden)
            if lack is None:
                raise
            raise lack from error
        return life.rendered()

    async def kept_files(self, command: RenderCommand, resolved: Resolved) -> KeptFiles:
        """The files of the workspace that this render may show. Raises AssetNotFoundError."""
        return await self._stored.of(command, resolved)

    async def draft(self, life: RenderLife) -> None:
        """Make one render all but for its rows, which `write_all` writes; nobody is told.

        What it holds is let go of when its `stack` is closed, after the rows have been written or
        in place of it. Its timeout counts from its turn. Raises as `run` does.
        """
        try:
            for name, step in self._draft_steps:
                if name != "draw" or not life.cached:
                    with life.step(name):
                        await step(life)
        except TimeoutError as error:
            raise _late(life.command) from error
        except PlatenError as error:
            _place(error, life.command)
            raise

    async def _live(self, life: RenderLife) -> None:
        try:
            async with asyncio.timeout_at(life.deadline + _GRACE), life.stack:
                for name, step in self.steps:
                    with life.step(name):
                        await step(life)
                    if life.cached:
                        break
        except TimeoutError as error:
            raise _late(life.command) from error

    async def _resolve(self, life: RenderLife) -> None:
        origin = life.command.origin
        if isinstance(origin, TemplateRef) and life.resolved is None:
            life.resolved = await self._templates.resolve(
                life.command.workspace_id,
                origin.uid,
                version=origin.version,
                layout=origin.layout,
                even_deleted=life.command.batch_id is not None,  # pinned when it was accepted
            )
        life.kept = await self._stored.of(life.command, life.resolved)

    async def _validate(self, life: RenderLife) -> None:
        life.data = checked_data(life.command, life.resolved, self.settings)

    async def _admit(self, life: RenderLife) -> None:
        life.request = render_request(
            life.command, life.resolved, life.data, life.accepted_us, self.settings, life.kept
        )
        admit(life.request.output, self.settings)

    async def _recall(self, life: RenderLife) -> None:
        self._name(life)
        await self._recalls.answer(life)

    async def _ready(self, life: RenderLife) -> None:
        self._name(life)
        await self._recalls.prepare(life)

    def _name(self, life: RenderLife) -> None:
        assert life.request is not None
        life.key = render_key(life.request, self._renderer.build())
        self._timeouts.check(life.moment_key, life.command.timeout)

    async def _draw(self, life: RenderLife) -> None:
        """Draw it, or wait for an equal render that is being drawn.

        When that one gave up at a deadline before this one's, it is drawn after all.
        """
        # Who has no key may be refused a turn, and nobody else shall be for that.
        whose = f"{life.command.lane} {life.command.keyless}"
        key = "" if life.command.fresh else f"{whose} {life.moment_key}"
        while life.result is None:
            life.flight = await life.stack.enter_async_context(
                self._flights.join(key, lambda: self._drawn_in_turn(life), life.deadline)
            )
            life.result = await self._landed(life, life.flight)
        refuse_warned(life.command.fail_on_warnings, life.rendered().warnings)
        if life.command.on_missing == "fail":
            refuse_missing(missing_photos(life.resolved, life.data, life.result.warnings))

    async def _landed(self, life: RenderLife, flight: Flight) -> RenderResult | None:
        try:
            return await flight.result()
        except RenderTimeoutError:
            if life.deadline <= flight.deadline:
                raise
            await life.stack.aclose()
            return None

    async def _drawn_in_turn(self, life: RenderLife) -> RenderResult:
        async with life.turn:
            left = life.deadline - asyncio.get_running_loop().time()
            left = min(left, life.command.timeout)
            try:
                async with asyncio.timeout(left + _GRACE):
                    return await self._drawn(life, left)
            except TimeoutError as error:
                raise _late(life.command) from error

    async def _drawn(self, life: RenderLife, left: float) -> RenderResult:
        assert life.request is not None
        own = await self._isolations.strict(life.command.workspace_id)
        request = replace(life.request, account=life.id, timeout=left, own_browser=own)
        pressure = self._renderer.pressure()
        waits = pressure.running >= pressure.slots or pressure.queued > 0
        if life.composition:
            composed = await life.composition.of(request, self._renderer.compose)
            request = replace(request, composed=composed)
        try:
            result = await self._renderer.render(request, self._stored.reader(request.workspace))
        except RenderTimeoutError as error:
            if not waits:  # else the queue may have taken the time, which is not the page's fault
                self._timeouts.remember(life.moment_key, life.command.timeout)
            raise _late(life.command) from error
        self.succeeded_at = time.monotonic()
        return result

    async def list(
        self, workspace_id: str, kind: Kind | None = None, window: Window | None = None
    ) -> tuple[list[RenderRow], int]:
        """A window of the workspace's kept renders, and the count of all."""
        return await self._rows.list(workspace_id, kind, window or Window())

    async def get(self, workspace_id: str, render_id: str, kind: Kind | None = None) -> RenderRow:
        """One kept render. Raises NotFoundError."""
        return await self._rows.get(workspace_id, render_id, kind)


def _place(error: PlatenError, command: RenderCommand) -> None:
    """What the source caused names the field that the source came in."""
    if isinstance(error, ContentError):
        match command.origin:
            case UrlSource():
                error.at("url")
            case TemplateRef():
                error.at("templateUid")
            case InlineTemplate(engine="fabric"):
                error.at("fabricJSData")
            case _:
                error.at("html")


def _late(command: RenderCommand) -> RenderTimeoutError:
    told = f"The render did not end within its {command.timeout:g} s, the wait for a slot included"
    selector = command.output.wait.selector
    if selector is None:
        return RenderTimeoutError(f"{told}: make the page lighter, or raise timeout")
    text = f"no element that fits waitForSelector {selector[:200]!r} may ever have appeared"
    return RenderTimeoutError(
        f"{told}: {text}. Mend the selector, make the page lighter, or raise timeout",
        fields=[FieldError("waitForSelector", text, "not_found")],
    )
