"""From what somebody sends to what can be stored: sizes checked, sources read, names merged."""

from dataclasses import replace

from core.errors import PlatenError, ValidationError
from templates_store.discover import Analyse, DiscoveredLike, merge_definitions
from templates_store.errors import TemplateTooLargeError
from templates_store.layouts import DEFAULT_LAYOUT, Layout
from templates_store.schema import refuse_bad_definitions
from templates_store.settings import TemplateSettings
from templates_store.template import TemplateState

__all__ = ["prepare"]


async def prepare(
    state: TemplateState, analyse: Analyse, settings: TemplateSettings
) -> tuple[TemplateState, tuple[str, ...]]:
    """The state with its definitions completed and `javascript` decided, and the names added.

    Raises TemplateTooLargeError, ValidationError, and what `analyse` raises for a broken source
    (with `layout` in `extra` when it is a layout's own body).
    """
    _refuse_too_much(state, settings)
    refuse_bad_definitions(state.definitions)
    analysis = await analyse(state.html or "")
    found: list[DiscoveredLike] = list(analysis.variables)
    layouts: dict[str, Layout] = {}
    for key, layout in state.layouts.items():
        layouts[key], names = await _prepare_layout(key, layout, analyse)
        found += names
    definitions, added = merge_definitions(state.definitions, found)
    javascript = analysis.javascript if state.js_enabled is None else state.js_enabled
    if state.js_enabled is not None:
        layouts = {key: replace(item, javascript=state.js_enabled) for key, item in layouts.items()}
    prepared = replace(state, definitions=definitions, layouts=layouts, javascript=javascript)
    return prepared, added


async def _prepare_layout(
    key: str, layout: Layout, analyse: Analyse
) -> tuple[Layout, list[DiscoveredLike]]:
    if layout.html is None:
        return layout, []
    try:
        analysis = await analyse(layout.html)
    except PlatenError as error:
        error.extra["layout"] = key
        raise
    return replace(layout, javascript=analysis.javascript), list(analysis.variables)


def _refuse_too_much(state: TemplateState, settings: TemplateSettings) -> None:
    if len(state.layouts) > settings.template_max_layouts:
        most = settings.template_max_layouts
        text = f"a template has at most {most} layouts; this one has {len(state.layouts)}"
        raise ValidationError.of("layouts", text, "too_many")
    if DEFAULT_LAYOUT in state.layouts:
        text = "the layout 'default' is the template itself: set its own width and height instead"
        raise ValidationError.of(f"layouts.{DEFAULT_LAYOUT}", text, "reserved")
    _refuse_too_large("html", state.html or "", settings)
    for key, layout in state.layouts.items():
        _refuse_too_large(f"layouts.{key}.html", layout.html or "", settings)


def _refuse_too_large(field: str, body: str, settings: TemplateSettings) -> None:
    size = len(body.encode())
    if size > settings.template_max_bytes:
        raise TemplateTooLargeError(
            f"{field} has {size} bytes; a stored template may have {settings.template_max_bytes} "
            "(PLATEN_TEMPLATE_MAX_BYTES). Name pictures and fonts by URL instead of inlining them",
        )
