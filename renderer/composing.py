"""From a request's source to the documents that are drawn."""

from collections.abc import Mapping

from core.errors import ValidationError
from egress.asset_cache import AssetCache
from egress.models import EgressLimits
from egress.session import Session
from renderer.asker import Asker
from renderer.compose.analysis import Analysis
from renderer.compose.composed import Composed
from renderer.compose.composer import Composer
from renderer.compose.errors import InvalidUnicodeError
from renderer.document.weasy import weasy_document
from renderer.inspect.assets import asset_warnings
from renderer.jail import Jail
from renderer.request import (
    AssetUse,
    DocumentOptions,
    HtmlSource,
    RenderRequest,
    TemplateSource,
    UrlSource,
)
from renderer.seal import Drawn
from renderer.supply import Supply
from renderer.work import Work

__all__ = ["Composing"]


class Composing:
    """The jail with the composer and the layout engine in it."""

    def __init__(self, jail: Jail | None = None) -> None:
        self.jail = jail or Jail()

    async def start(self) -> None:
        """Start the children."""
        await self.jail.start()

    async def close(self) -> None:
        """End the children."""
        await self.jail.close()

    async def analyse(
        self,
        workspace: str,
        source: str,
        syntax: str = "auto",
        partials: Mapping[str, str] | None = None,
    ) -> Analysis:
        """A template's variables and whether it holds scripts."""
        composer = self._composer(Asker(workspace=workspace))
        return await composer.analyse(source, syntax, partials)

    async def analyse_canvas(
        self,
        workspace: str,
        source: str,
        syntax: str = "auto",
        partials: Mapping[str, str] | None = None,
    ) -> Analysis:
        """A canvas's variables."""
        composer = self._composer(Asker(workspace=workspace))
        return await composer.analyse_canvas(source, syntax, partials)

    async def compose(self, request: RenderRequest, asker: Asker) -> Composed:
        """The documents of a request: one, or one for each variable set; none for a URL.

        Raises what a template can do wrong, InvalidUnicodeError.
        """
        match request.source:
            case TemplateSource() as source:
                return await self._composer(asker).compose_sections(source, request.environment)
            case HtmlSource() as source:
                return Composed((_whole(source.html),))
            case _:
                return Composed()

    def _composer(self, asker: Asker) -> Composer:
        return Composer(self.jail.asked_by(asker))

    async def lay_out(self, work: Work, cache: AssetCache, limits: EgressLimits) -> Drawn:
        """A document by WeasyPrint, which needs no browser. Raises what it can do wrong."""
        request = work.request
        output, source = request.output, request.source
        if not isinstance(output, DocumentOptions) or isinstance(source, UrlSource):
            raise ValidationError.of(
                "options.engine", "weasyprint lays out html and templates, not pages by url."
            )
        if request.canvas:
            raise ValidationError.of(
                "options.engine",
                "weasyprint runs no scripts, and a canvas is drawn by one: leave engine out, or "
                "say chromium.",
            )
        session = Session(request.account, limits, request.workspace)
        files = {**(source.files if isinstance(source, HtmlSource) else {}), **work.files}
        uses: dict[str, AssetUse] = {}
        jail = self.jail.asked_by(work.asker)
        drawn = await weasy_document(
            jail,
            work.sections,
            output,
            Supply(cache, session, files, lambda use: uses.update({use.url: use}), jail),
            request.environment,
            timeout=work.left(),
        )
        work.assets = tuple(uses.values())
        work.warnings += asset_warnings(session.close())
        return drawn


def _whole(html: str) -> str:
    try:
        html.encode()
    except UnicodeEncodeError as error:
        raise InvalidUnicodeError(
            f"The HTML holds half of a surrogate pair at character {error.start}, which is no "
            "character. Send valid Unicode."
        ) from error
    return html
