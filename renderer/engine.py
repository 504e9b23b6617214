"""The renderer's port: a request becomes bytes.

compose    the document's text, in the jail
slot       wait for the right to use a page
load       the document into the page
settle     fonts, images, stylesheets, a signal of the page
capture    pixels, frames or a PDF
inspect    what is missing or empty becomes a warning
encode     into the format that was asked for
seal       type, size, timings, engine
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from importlib.metadata import version

import structlog

from core.clock import now_us
from core.errors import OverloadedError, PlatenError
from egress.asset_cache import AssetCache
from egress.client import EgressClient
from egress.models import EgressLimits
from egress.proxy import EgressProxy
from egress.session import Session
from renderer.asker import Asker
from renderer.build import build_tag
from renderer.canvas.page import canvas_page
from renderer.compose.analysis import Analysis
from renderer.compose.composed import Composed
from renderer.composing import Composing
from renderer.errors import (
    BrowserLostError,
    EngineCrashedError,
    NavigationLostError,
    PageCrashedError,
    UnsupportedContentError,
)
from renderer.faces import with_faces
from renderer.in_time import in_time
from renderer.inspect.assets import asset_warnings, document_warnings
from renderer.inspect.glyphs import Coverage
from renderer.inspect.layout import Look, layout_warnings
from renderer.jail import Jail
from renderer.outputs import capture, css_of, encode, last_look, view_of
from renderer.picture.encoders import Encoders
from renderer.pool import Need, Pools, Pressure, Slot
from renderer.pool.cost import cost_of
from renderer.request import (
    AssetUse,
    DocumentOptions,
    Environment,
    HtmlSource,
    PictureOptions,
    RenderRequest,
    RenderResult,
)
from renderer.seal import seal
from renderer.settings import RendererSettings
from renderer.stage import Stage, needs_gear, page_key
from renderer.stored import ReadFile, no_files, stored_files
from renderer.unchanged import unchanged
from renderer.work import Work

__all__ = ["Renderer"]

log = structlog.get_logger(__name__)

_SHARE_OUTSIDE = 0.8
_SHARE_ASKING = 0.2
"""Of a render's time, for asking whether an older answer still holds."""


class Renderer:
    """Owns the pools of browsers and the jail; `render` is all that the floors above need."""

    def __init__(
        self,
        settings: RendererSettings,
        proxy: EgressProxy,
        client: EgressClient,
        limits: EgressLimits | None = None,
        jail: Jail | None = None,
        cache: AssetCache | None = None,
    ) -> None:
        self.settings = settings
        self._client = client
        self._cache = cache or AssetCache(client)
        self._limits = limits or EgressLimits()
        self._composing = Composing(jail)
        self._encoders = Encoders(settings.browsers)
        self._coverage = Coverage(settings.fontconfig)
        self._pools = Pools(settings, proxy)

    async def start(self) -> None:
        """Start the first browser and the jail. Raises EngineUnavailableError."""
        both = (self._pools.start(), self._composing.start())
        for outcome in await asyncio.gather(*both, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def close(self) -> None:
        """End every process that was started."""
        self._encoders.close()
        await asyncio.gather(self._pools.close(), self._composing.close())

    def pressure(self) -> Pressure:
        """How many renders run and wait, for workers too, and what there is to run them."""
        pressure = self._pools.pressure()
        waiting = self._composing.jail.waiting + self._encoders.waiting
        return replace(
            pressure,
            queued=pressure.queued + waiting,
            waiting_cost=pressure.waiting_cost + waiting,
        )

    def build(self) -> str:
        """What decides the bytes beside the request: engines, fonts, processor, version."""
        return build_tag(self._pools.version)

    async def unchanged(self, request: RenderRequest, assets: Sequence[AssetUse]) -> bool:
        """Whether every asset is what it was: fresh in memory, or the same when asked again."""
        if not assets:
            return True
        limits = replace(
            self._limits,
            reach=request.reach,
            total_timeout=min(self._limits.total_timeout, request.timeout * _SHARE_ASKING),
        )
        session = Session(request.account, limits, request.workspace)
        same = await unchanged(self._cache, session, assets)
        session.close()
        return same

    async def analyse(
        self,
        workspace: str,
        source: str,
        syntax: str = "auto",
        partials: Mapping[str, str] | None = None,
    ) -> Analysis:
        """A template's variables and whether it holds scripts. Raises TemplateSyntaxError."""
        return await self._composing.analyse(workspace, source, syntax, partials)

    async def compose(self, request: RenderRequest) -> Composed:
        """The documents of a request, for several renders of it. Raises what composing does."""
        asker = Asker(request.lane, request.workspace)
        async with in_time(request, asker):
            return await self._composing.compose(request, asker)

    async def analyse_canvas(
        self,
        workspace: str,
        source: str,
        syntax: str = "auto",
        partials: Mapping[str, str] | None = None,
    ) -> Analysis:
        """A canvas's variables. Raises CanvasError, TemplateSyntaxError, with the place."""
        return await self._composing.analyse_canvas(workspace, source, syntax, partials)

    async def probe(self) -> None:
        """A tiny real render; raises what any render would raise."""
        await self.render(
            RenderRequest(
                workspace="",
                source=HtmlSource("<!doctype html><p>ready"),
                output=PictureOptions(width=16, height=16),
                environment=Environment(now_us()),
                account="probe",
                timeout=10,
            )
        )

    async def render(self, request: RenderRequest, read: ReadFile = no_files) -> RenderResult:
        """Bytes for a request. Raises PlatenError of all kinds; RenderTimeoutError at the deadline,
        OverloadedError when waiting for a slot or a worker takes its time.

        `read` gives the bytes of the workspace's files that the request names. A page or a
        browser that is lost underway is made up for by another try, each of them once.
        """
        asker = Asker(request.lane, request.workspace)
        async with in_time(request, asker) as deadline:
            return await self._tries(partial(Work, request, deadline, read, asker))

    async def _tries(self, begun: Callable[[], Work]) -> RenderResult:
        """Until it is drawn, or has lost its page twice in one way.

        Of each way once: Chromium now and then goes itself after a page's process that has gone.
        """
        lost: list[Exception] = []
        while not _is_twice(lost):
            work = begun()
            try:
                return await self._steps(work)
            except (BrowserLostError, NavigationLostError, PageCrashedError) as error:
                account = work.request.account
                log.warning("render_lost_its_page", account=account, reason=repr(error))
                lost.append(error)
            except OverloadedError:
                if not lost or not isinstance(lost[-1], PageCrashedError):
                    raise
                break  # it has used up the time that another try would need
        raise _given_up(lost[-1]) from lost[-1]

    async def _steps(self, work: Work) -> RenderResult:
        request = work.request
        with work.step("compose"):
            composed = request.composed or await self._composing.compose(request, work.asker)
            await self._take_in(work, composed)
            work.shows_now = composed.shows_now or _reads_the_clock(request)
        if _needs_no_browser(request):
            with work.step("capture"):
                drawn = await self._composing.lay_out(work, self._cache, self._limits_of(work))
            return seal(drawn, work, f"weasyprint/{_weasy_version()}")
        await self._in_browser(work)
        with work.step("encode"):
            jail = self._composing.jail.asked_by(work.asker)
            drawn = await encode(work, self.settings, jail, self._encoders)
        return seal(drawn, work, f"chromium/{self._pools.version}")

    async def _take_in(self, work: Work, composed: Composed) -> None:
        """The documents with the workspace's fonts, and the files of it that they name."""
        fonts, sections = work.request.fonts, composed.sections
        if work.request.canvas:  # its fonts are named by the page that draws it
            work.sections, named = list(sections), [*sections, canvas_page(fonts)]
        else:
            work.sections = named = [with_faces(section, fonts) for section in sections]
        work.files = await stored_files(work.request, named, work.read)

    async def _in_browser(self, work: Work) -> None:
        """Load, settle, inspect and capture; the slot comes back however that ends."""
        with work.step("slot"):
            slot = await self._slot(work)
        limits = self._limits_of(work)
        jail = self._composing.jail.asked_by(work.asker)
        stage = Stage(slot, work, self._client, self._cache, limits, jail)
        try:
            await self._play(work, stage)
        except BaseException:
            slot.pool.release(slot, stage.destroy())
            raise
        slot.pool.release(slot, stage.leave())

    def _limits_of(self, work: Work) -> EgressLimits:
        """What this render may spend outside: a page that waits for ever is drawn all the same."""
        most = min(self._limits.total_timeout, work.left() * _SHARE_OUTSIDE)
        return replace(self._limits, reach=work.request.reach, total_timeout=most)

    async def _slot(self, work: Work) -> Slot:
        request = work.request
        need = Need(
            request.lane,
            request.workspace,
            cost_of(request, len(work.sections)),
            page=page_key(request, work.sections),
            gear=needs_gear(request),
            seconds=work.left(),
        )
        return await self._pools.acquire(need, own_browser=request.own_browser)

    async def _play(self, work: Work, stage: Stage) -> None:
        output = work.request.output
        with work.step("load"):
            await stage.open(view_of(work.request), [*work.sections, css_of(output)])
        for section in work.sections or (None,):
            with work.step("load"):
                await stage.load(section, output.wait, css_of(output))
            work.look = None
            with work.step("settle"):
                settled = await stage.settle(output.wait, last_look(work.request))
                if settled.found is not None:
                    work.look = Look.read(settled.found)
            with work.step("capture"):
                work.captured.append(await capture(stage.page, work, self.settings))
            with work.step("inspect"):
                work.warnings += document_warnings(settled)
                if work.look is not None:
                    work.warnings += await layout_warnings(
                        stage.page, work.look, work.request, self._coverage
                    )
        with work.step("inspect"):
            work.assets = stage.uses()
            work.warnings += asset_warnings(await stage.report())
            if not stage.idle:
                work.warn("network_not_idle", "The page went on to make requests.")


def _reads_the_clock(request: RenderRequest) -> bool:
    """Scripts may ask for the time, and headers of documents may show the date."""
    output = request.output
    running = (
        isinstance(output, DocumentOptions) and "date" in output.header_html + output.footer_html
    )
    return request.environment.javascript or running or bool(output.wait.function)


def _is_twice(lost: Sequence[Exception]) -> bool:
    """Whether the last one came before."""
    return any(type(one) is type(lost[-1]) for one in lost[:-1])


def _given_up(lost: Exception) -> PlatenError:
    """What a caller is told of a page that was lost whenever it was tried."""
    if isinstance(lost, PageCrashedError):
        return PageCrashedError(
            "The page ended itself, twice if there was time: its use of memory brought its process "
            "down, or a script closed it. Make it lighter."
        )
    if isinstance(lost, NavigationLostError):
        return UnsupportedContentError(
            f"{lost.url} answered with nothing to show, such as status 204. Name a page's URL."
        )
    text = "The browser was lost twice during this render. Send it again."
    return EngineCrashedError(text, retry_after=2)


def _needs_no_browser(request: RenderRequest) -> bool:
    output = request.output
    return isinstance(output, DocumentOptions) and output.engine == "weasyprint"


@lru_cache
def _weasy_version() -> str:
    return version("weasyprint")
