"""Where a render plays: a warm page for documents without scripts, a fresh one for all else."""

from dataclasses import replace

from egress.asset_cache import AssetCache
from egress.client import EgressClient
from egress.errors import BlockedAddressError, FetchFailedError
from egress.models import EgressLimits, EgressReport
from egress.session import Session
from renderer.canvas.page import canvas_page, canvas_script, draw_canvas
from renderer.chromium.fresh_page import FreshPage
from renderer.chromium.page import Page
from renderer.chromium.scripted.visiting_page import VisitingPage
from renderer.chromium.scripts import ADD_STYLE, FORGET_LOADED
from renderer.chromium.settle import Settled, frames_meanwhile, settle
from renderer.chromium.view import View
from renderer.chromium.warm_pages import PageKey, WarmPage
from renderer.jail import Jail
from renderer.origin import DOCUMENT_ORIGIN
from renderer.pool import Slot
from renderer.request import (
    AnimationOptions,
    AssetUse,
    HtmlSource,
    RenderRequest,
    UrlSource,
    Wait,
)
from renderer.supply import Supply
from renderer.unchanged import unchanged
from renderer.work import Work

__all__ = ["Stage", "needs_gear", "page_key"]

_NESTED = ("<iframe", "<frame", "<object", "<embed", "<portal", "<fencedframe")
"""What may hold a page of another origin, which a warm page's interception does not see."""


def page_key(request: RenderRequest, sections: list[str]) -> PageKey | None:
    """Which warm page will do; None for a page that nobody had before, closed when it ends."""
    environment = request.environment
    where = (request.workspace, environment.locale, environment.timezone, request.reach)
    if request.canvas:  # what a page may notice of its surroundings, a canvas cannot
        return PageKey(*where, javascript=True)
    return None if _needs_own_context(request, sections) else PageKey(*where)


def _needs_own_context(request: RenderRequest, sections: list[str]) -> bool:
    return bool(
        request.environment.javascript
        or request.output.wait.function  # a script, though the caller's own
        or needs_gear(request)
        or _files_of(request)
        or any(_nests(section.lower()) for section in sections)
    )


def _nests(section: str) -> bool:
    return any(word in section for word in _NESTED)


def needs_gear(request: RenderRequest) -> bool:
    """Whether a page of its own has to be more than a document's: Playwright knows how."""
    environment, output = request.environment, request.output
    return bool(
        isinstance(request.source, UrlSource)
        or environment.user_agent
        or environment.headers
        or environment.cookies
        or (environment.javascript and isinstance(output, AnimationOptions))
        or (environment.javascript and output.wait.until == "networkidle")
    )


def _files_of(request: RenderRequest) -> dict[str, bytes]:
    return dict(request.source.files) if isinstance(request.source, HtmlSource) else {}


def _document(request: RenderRequest, section: str) -> dict[str, bytes]:
    """The section as the origin's first file, so that relative names lead to the others."""
    return {**_files_of(request), "": section.encode("utf-8", "replace")}


_WITHOUT_FRAMES_S = 0.25
"""Fabric draws without them. Each would draw the canvas once more, and most are done before."""


class Stage:
    """The page of one render, from opening to giving it back."""

    def __init__(
        self,
        slot: Slot,
        work: Work,
        client: EgressClient,
        cache: AssetCache,
        limits: EgressLimits,
        jail: Jail,
    ) -> None:
        self._jail = jail
        self._slot = slot
        self._request = work.request
        self._stored = work.files
        self._client = client
        self._cache = cache
        self._limits = limits
        self._warm: WarmPage | None = None
        self._fresh: FreshPage | None = None
        self._session: Session
        self._pen = self._canvas = ""
        self._stains = False

    @property
    def page(self) -> Page:
        """The page, once it is open."""
        return self._surface.page

    @property
    def _surface(self) -> WarmPage | FreshPage:
        surface = self._warm or self._fresh
        if surface is None:
            raise RuntimeError("the stage is not open")
        return surface

    async def open(self, view: View, texts: list[str]) -> None:
        """Get the page and look at it as `view` says. `texts`: all that it will be given."""
        request, environment = self._request, self._request.environment
        if key := self._slot.need.page:
            self._session = Session(request.account, self._limits, request.workspace)
            await self._take_true_page(key, texts)
            await self.page.show(view)
        else:
            port = self._slot.port
            self._session = port.begin(request.account, self._limits, request.workspace)
            self._fresh = await self._slot.prepared.open(port.url, environment)
            if isinstance(self._fresh, VisitingPage):
                await self._fresh.dress(environment)
            await self._set_clock(self._fresh)
            await self._fresh.show(view)

    async def _take_true_page(self, key: PageKey, texts: list[str]) -> None:
        """A warm page that remembers none of these documents' assets otherwise than it is now.

        Chromium takes all that a page shows for one document, and asks for nothing twice.
        """
        while True:
            self._warm = await self._slot.warm.take(key)
            self._warm.memory.begin(texts)
            known = self._warm.memory.used()
            if known is not None and await unchanged(self._cache, self._session, known):
                return
            await self._warm.page.close()

    async def _set_clock(self, fresh: FreshPage) -> None:
        """Time is an input of documents with scripts; a page of the web keeps its own."""
        environment = self._request.environment
        if not environment.javascript:
            return
        if isinstance(self._request.output, AnimationOptions):
            await _visiting(fresh).step_clock(environment.now_us)
        elif not isinstance(self._request.source, UrlSource):
            await fresh.stop_clock(environment.now_us)

    async def load(self, section: str | None, wait: Wait, css: str = "") -> None:
        """Put a document into the page; None: navigate to the source's URL."""
        if self._warm is not None and section is not None:
            await self._put(self._warm, section, css)
        elif self._fresh is not None and section is not None:
            files = {**_document(self._request, section), **self._stored}
            self._begin(files, alone=len(files) == 1)
            await self._fresh.load_document(wait)
        elif self._fresh is not None and isinstance(self._request.source, UrlSource):
            await self._visit(_visiting(self._fresh), self._request.source.url, wait)
        if css:
            await self.page.evaluate(ADD_STYLE, css)

    async def _put(self, warm: WarmPage, section: str, css: str) -> None:
        """Make a section the document of a warm page; a canvas becomes one that can draw it."""
        html = section
        if canvas := self._request.canvas:
            html, self._canvas = canvas_page(self._request.fonts), section
            design = (canvas.source, self._request.fonts)
            self._pen = await warm.worlds.enter(canvas_script(), design)
        self._begin(dict(self._stored), section, html, css)
        warm.page.stained = True
        if warm.assets.expected:
            await warm.page.evaluate(FORGET_LOADED)
        await warm.page.load_html(html)

    def _begin(self, files: dict[str, bytes], *texts: str, alone: bool = False) -> None:
        """Let the page ask for this section's assets."""
        note = self._warm.memory.note if self._warm is not None else None
        supply = Supply(self._cache, self._session, files, note, self._jail)
        self._surface.assets.begin(supply, *texts, alone=alone)

    def uses(self) -> tuple[AssetUse, ...] | None:
        """The assets that the render may show; None where the page fetched by itself."""
        if self._warm is not None:
            return self._warm.memory.used()
        if isinstance(self._request.source, UrlSource) or self._session.report().requests:
            return None
        return ()

    async def _visit(self, fresh: VisitingPage, url: str, wait: Wait) -> None:
        """Go to a page of the web, and tell a refusal of ours from a fault of the other side."""
        await self._client.check(url, self._request.reach)
        try:
            response = await fresh.navigate(url, wait)
        except FetchFailedError:
            if blocked := self._session.report().blocked:
                raise BlockedAddressError(blocked[0].reason) from None
            raise
        if response is not None and (error := self._session.error_of(response.url)) is not None:
            raise error

    async def settle(self, wait: Wait, then: str = "") -> Settled:
        """Wait until the document is what it will be; a canvas is drawn for that.

        `then`: what is asked at the end, if that is known by then. Raises CanvasError.
        """
        settled = await self._settled(wait, then)
        if self._warm is not None:
            # All documents of a page for canvases are one page of ours, with one policy.
            stains = settled.stains and self._request.canvas is None
            # What one section has left, or a function of the caller's, no other undoes.
            self._stains = self._stains or stains or wait.function is not None
            self.page.stained = self._stains
        return settled

    async def _settled(self, wait: Wait, then: str) -> Settled:
        source = self._request.canvas
        if source is None:
            return await settle(self.page, self._surface.assets, wait, then)
        async with frames_meanwhile(self.page, after=_WITHOUT_FRAMES_S):
            output = self._request.output
            drawn = await draw_canvas(self.page, self._pen, self._canvas, source, output)
        if wait == Wait():  # drawing has waited for all that the canvas names
            return Settled(stains=False, empty=drawn.empty, broken=drawn.broken)
        settled = await settle(self.page, self._surface.assets, wait)
        return replace(settled, broken=drawn.broken, empty=drawn.empty)

    @property
    def idle(self) -> bool:
        """False if the network of a page that was to become idle never did."""
        return self._fresh is None or self._fresh.idle

    async def report(self) -> EgressReport:
        """End the render's traffic and tell what it did."""
        self._surface.assets.end()
        if self._fresh is not None:
            await self._slot.port.end()
        report = self._session.close()
        blocked = (one for one in report.blocked if not one.url.startswith(DOCUMENT_ORIGIN))
        return replace(report, blocked=tuple(blocked))

    async def leave(self) -> None:
        """Give the page back after a render that went well."""
        if self._warm is not None:
            if await self._warm.worlds.left():
                await self._slot.warm.give_back(self._warm)
            else:
                await self.page.destroy()
        elif self._fresh is not None:
            await self._fresh.page.close()

    async def destroy(self) -> None:
        """End the page after a render that was cut short: it may hang, and is never used again."""
        await self._slot.port.end()
        if self._warm or self._fresh:
            self._surface.assets.end()
            await self.page.destroy()


def _visiting(fresh: FreshPage) -> VisitingPage:
    if not isinstance(fresh, VisitingPage):
        raise TypeError("a page of a document is to be more")
    return fresh
