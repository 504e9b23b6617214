"""From what a caller asked to what the renderer takes: sources, sizes and surroundings."""

from dataclasses import replace

from core.errors import FieldError, ValidationError
from jobs.pdf_presets import PX_TO_PT, pdf_preset
from jobs.render.checked_data import CheckedData
from jobs.render.command import InlineTemplate, RenderCommand, TemplateRef
from jobs.render.errors import HtmlTooLargeError
from jobs.render.script_mention import mentions_scripts
from jobs.render.settings import RenderSettings
from jobs.render.stored import KeptFiles
from renderer.request import (
    DocumentOptions,
    Environment,
    HtmlSource,
    Output,
    RenderRequest,
    Source,
    TemplateSource,
    UrlSource,
)
from templates_store.templates import Resolved

__all__ = ["render_request"]


def render_request(
    command: RenderCommand,
    resolved: Resolved | None,
    data: CheckedData,
    accepted_us: int,
    limits: RenderSettings,
    kept: KeptFiles | None = None,
) -> RenderRequest:
    """The complete request; the deadline is still the command's own. `kept`: the files of the
    workspace that it may name.

    Raises HtmlTooLargeError for inline HTML over the limit, ValidationError for a canvas that is to
    wait for a function.
    """
    kept = kept or KeptFiles()
    source = _source(command, resolved, data, limits)
    if isinstance(source, TemplateSource):
        source = replace(source, assets=kept.assets)
    request = RenderRequest(
        workspace=command.workspace_id,
        source=source,
        output=_output(command, resolved, limits),
        environment=_environment(command, resolved, source, accepted_us),
        reach=command.reach.narrowed(resolved.reach) if resolved else command.reach,
        contrast=command.contrast,
        lane=command.lane,
        timeout=command.timeout,
        fonts=kept.fonts,
    )
    if request.canvas and request.output.wait.function:
        raise ValidationError.of(
            "waitForFunction",
            "waitForFunction asks a page of yours, and canvases are drawn by one of ours, which "
            "waits for all that they name: leave it out",
            "unsupported",
        )
    return request


def _source(
    command: RenderCommand, resolved: Resolved | None, data: CheckedData, limits: RenderSettings
) -> Source:
    if resolved is not None:
        return TemplateSource(
            resolved.source,
            data.variables,
            raw_html=resolved.raw_html,
            strict=resolved.strict,
            variable_sets=data.sets,
            syntax=resolved.syntax,
            partials=resolved.partials,
            engine=resolved.engine,
            design=resolved.design if resolved.engine == "fabric" else None,
        )
    match command.origin:
        case HtmlSource() as page:
            _check_html(page.html, limits)
            return page
        case InlineTemplate(source, strict, engine, design):
            _check_html(source, limits, "html" if engine == "html" else "fabricJSData")
            return TemplateSource(
                source,
                data.variables,
                strict=strict,
                variable_sets=data.sets,
                engine=engine,
                design=design,
            )
        case UrlSource() as page:
            return page
        case TemplateRef():
            raise AssertionError("a stored template has been resolved by now")


def _check_html(html: str, limits: RenderSettings, field: str = "html") -> None:
    size = len(html.encode(errors="surrogatepass"))
    if size > limits.max_inline_html_bytes:
        raise HtmlTooLargeError(
            f"{field} has {size} bytes, and an inline source may have "
            f"{limits.max_inline_html_bytes}: name pictures and fonts by URL instead of inlining "
            "them",
            fields=[FieldError(field, "too large", "too_large")],
        )


def _output(command: RenderCommand, resolved: Resolved | None, limits: RenderSettings) -> Output:
    if isinstance(command.output, DocumentOptions):
        return _document(command, command.output, resolved, limits)
    width = command.width or (resolved.width if resolved else None)
    height = command.height or (resolved.height if resolved else None)
    return replace(
        command.output,
        width=width or command.output.width,
        height=height or command.output.height,
    )


def _document(
    command: RenderCommand,
    document: DocumentOptions,
    resolved: Resolved | None,
    limits: RenderSettings,
) -> DocumentOptions:
    """The page: what the caller says, the source's `@page`, the template's preset or its size.

    A sheet that shall lie is turned here, so that nobody turns it twice.
    """
    lying = document.landscape
    document = replace(
        document,
        landscape=False,
        max_pages=min(document.max_pages, limits.max_document_pages),
    )
    if command.width or command.height:
        width = command.width or (resolved.width if resolved else command.height or 0)
        height = command.height or (resolved.height if resolved else width)
        document = _sized(document, width * PX_TO_PT, height * PX_TO_PT)
    if resolved is not None:
        document = _fallen_back(document, resolved)
    return _turned(document) if lying else document


def _sized(document: DocumentOptions, width_pt: float, height_pt: float) -> DocumentOptions:
    return replace(document, page_width_pt=width_pt, page_height_pt=height_pt)


def _fallen_back(document: DocumentOptions, resolved: Resolved) -> DocumentOptions:
    width, height = resolved.width * PX_TO_PT, resolved.height * PX_TO_PT
    if resolved.pdf_preset:
        preset = pdf_preset(resolved.pdf_preset, "pdfPreset")
        width, height = preset.width_pt, preset.height_pt
    return replace(document, fallback_width_pt=width, fallback_height_pt=height)


def _turned(document: DocumentOptions) -> DocumentOptions:
    wide, low = document.page_width_pt, document.page_height_pt
    if wide is not None and low is not None:
        document = _sized(document, max(wide, low), min(wide, low))
    wide, low = document.fallback_width_pt, document.fallback_height_pt
    return replace(document, fallback_width_pt=max(wide, low), fallback_height_pt=min(wide, low))


def _environment(
    command: RenderCommand, resolved: Resolved | None, source: Source, accepted_us: int
) -> Environment:
    return Environment(
        now_us=accepted_us if command.now_us is None else command.now_us,
        javascript=_javascript(command, resolved, source),
        locale=command.locale,
        timezone=command.timezone,
        color_scheme=command.color_scheme,
        user_agent=command.user_agent,
        headers=command.headers,
        cookies=command.cookies,
    )


def _javascript(command: RenderCommand, resolved: Resolved | None, source: Source) -> bool:
    if isinstance(source, TemplateSource) and source.engine == "fabric":
        return False  # it has no scripts: one of ours draws it, whatever is said
    if command.javascript != "auto":
        return command.javascript == "on"
    if resolved is not None:
        return resolved.javascript
    match source:
        case HtmlSource(html):
            return mentions_scripts(html)
        case TemplateSource(text):
            return mentions_scripts(text)
        case UrlSource():
            return True
