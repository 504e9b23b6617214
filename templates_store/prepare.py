"""From what somebody sends to what can be stored: sizes checked, sources read, names merged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.errors import PlatenError, ValidationError
from templates_store.discover import Analyse, DiscoveredLike, merge_definitions
from templates_store.errors import TemplateTooLargeError
from templates_store.layouts import DEFAULT_LAYOUT, Layout
from templates_store.partials import FindPartial, Partial, pinned_partials, sources_of
from templates_store.schema import refuse_bad_definitions
from templates_store.settings import TemplateSettings
from templates_store.template import TemplateState

__all__ = ["prepare"]


async def prepare(
    state: TemplateState, analyse: Analyse, settings: TemplateSettings, find: FindPartial
) -> tuple[TemplateState, tuple[str, ...]]:
    """The state with its definitions completed, what it includes pinned, the assets that it names
    and `javascript` decided; and the names added.

    Raises TemplateTooLargeError, ValidationError, PartialNotFoundError, and what `analyse` raises
    for a broken source (with `layout` in `extra` when it is a layout's own body).
    """
    _refuse_too_much(state, settings)
    refuse_bad_definitions(state.definitions)
    base = await _read(state.html or "", state.syntax, analyse, find)
    found, partials, assets = list(base.variables), dict(base.partials), list(base.assets)
    layouts: dict[str, Layout] = {}
    for key, layout in state.layouts.items():
        body = await _read_layout(key, layout, state.syntax, analyse, find)
        layouts[key] = layout if body is None else replace(layout, javascript=body.javascript)
        if body is not None:
            found += body.variables
            partials |= body.partials
            assets += body.assets
    definitions, added = merge_definitions(state.definitions, found)
    javascript = base.javascript if state.js_enabled is None else state.js_enabled
    if state.js_enabled is not None:
        layouts = {key: replace(item, javascript=state.js_enabled) for key, item in layouts.items()}
    prepared = replace(
        state,
        definitions=definitions,
        layouts=layouts,
        javascript=javascript,
        partials=partials,
        assets=tuple(sorted(set(assets))),
    )
    return prepared, added


@dataclass(frozen=True, slots=True)
class _Body:
    """What one body says of itself, with all that it includes."""

    variables: Sequence[DiscoveredLike]
    javascript: bool
    partials: Mapping[str, Partial]
    assets: tuple[str, ...]


async def _read(body: str, syntax: str, analyse: Analyse, find: FindPartial) -> _Body:
    analysis = await analyse(body, syntax, None)
    if not analysis.includes:
        return _Body(analysis.variables, analysis.javascript, {}, analysis.assets)
    partials = await pinned_partials(analysis.includes, analysis.syntax, analyse, find)
    whole = await analyse(body, analysis.syntax, sources_of(partials))
    scripts, assets = whole.javascript, analysis.assets
    for partial in partials.values():
        told = await analyse(partial.html, analysis.syntax, None)
        scripts, assets = scripts or told.javascript, assets + told.assets
    return _Body(whole.variables, scripts, partials, assets)


async def _read_layout(
    key: str, layout: Layout, syntax: str, analyse: Analyse, find: FindPartial
) -> _Body | None:
    if layout.html is None:
        return None
    try:
        return await _read(layout.html, syntax, analyse, find)
    except PlatenError as error:
        error.extra["layout"] = key
        raise


def _refuse_too_much(state: TemplateState, settings: TemplateSettings) -> None:
    if len(state.layouts) > settings.template_max_layouts:
        most = settings.template_max_layouts
        text = f"a template has at most {most} layouts; this one has {len(state.layouts)}"
        raise ValidationError.of("layouts", text, "too_many")
    if DEFAULT_LAYOUT in state.layouts:
        text = "the layout 'default' is the template itself: set its own width and height instead"
        raise ValidationError.of(f"layouts.{DEFAULT_LAYOUT}", text, "reserved")
    member = "html" if state.engine == "html" else "fabricJSData"
    _refuse_too_large(member, state.html or "", settings)
    for key, layout in state.layouts.items():
        _refuse_too_large(f"layouts.{key}.{member}", layout.html or "", settings)


def _refuse_too_large(field: str, body: str, settings: TemplateSettings) -> None:
    size = len(body.encode())
    if size > settings.template_max_bytes:
        raise TemplateTooLargeError(
            f"{field} has {size} bytes; a stored template may have {settings.template_max_bytes} "
            "(PLATEN_TEMPLATE_MAX_BYTES). Name pictures and fonts by URL instead of inlining them",
        )
