"""What a render needs of a stored template, and the memory of it."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.reach import Reach
from templates_store.layouts import DEFAULT_LAYOUT
from templates_store.partials import sources_of
from templates_store.template import Engine, OutputFormat, TemplateState
from templates_store.variables import VariableDefinition

__all__ = ["Resolved", "VersionCache", "resolved_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """One layout of one version, ready to be composed. Sizes are CSS pixels.

    `layout_fallback`: the layout asked for does not exist and the base stands in for it.
    `layouts`: every layout's width and height, `default` included. `partials`: name -> source.
    `assets`: names of the files that it asks for, `*` for any.
    `design`: the size that the source was made for.
    """

    uid: str
    name: str
    version: int
    digest: str
    source: str
    width: int
    height: int
    layout: str
    layout_fallback: bool
    layout_name: str
    definitions: tuple[VariableDefinition, ...]
    javascript: bool
    output_format: OutputFormat
    pdf_preset: str | None
    strict: bool
    reach: Reach = field(default_factory=Reach)
    syntax: str = "auto"
    partials: Mapping[str, str] = field(default_factory=dict[str, str])
    assets: tuple[str, ...] = ()
    layouts: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    engine: Engine = "html"
    design: tuple[int, int] | None = None

    @property
    def raw_html(self) -> tuple[str, ...]:
        """Names of the variables that are not escaped."""
        return tuple(d.name for d in self.definitions if d.allow_raw_html)


def resolved_of(
    *, uid: str, name: str, version: int, digest: str, state: TemplateState, layout: str | None
) -> Resolved:
    """Choose a layout of a version that was read with all its bodies."""
    asked = layout or DEFAULT_LAYOUT
    chosen = state.layouts.get(asked)
    own = chosen.html if chosen else None
    sizes = {key: (item.width, item.height) for key, item in state.layouts.items()}
    return Resolved(
        uid=uid,
        name=name,
        version=version,
        digest=digest,
        source=own if own is not None else state.html or "",
        width=chosen.width if chosen else state.width,
        height=chosen.height if chosen else state.height,
        layout=asked if chosen else DEFAULT_LAYOUT,
        layout_fallback=chosen is None and asked != DEFAULT_LAYOUT,
        layout_name=chosen.name if chosen else "",
        definitions=state.definitions,
        javascript=chosen.javascript if chosen and own is not None else state.javascript,
        output_format=state.output_format,
        pdf_preset=state.pdf_preset,
        strict=state.strict,
        reach=state.reach,
        syntax=state.syntax,
        partials=sources_of(state.partials),
        assets=state.assets,
        layouts={DEFAULT_LAYOUT: (state.width, state.height), **sizes},
        engine=state.engine,
        design=sizes[asked] if own is not None else (state.width, state.height),
    )


class VersionCache:
    """Immutable versions by workspace, uid and number; the least recently used go first."""

    def __init__(self, max_bytes: int) -> None:
        self._max = max_bytes
        self._size = 0
        self._kept: OrderedDict[tuple[str, str, int], tuple[str, TemplateState]] = OrderedDict()

    def get(self, key: tuple[str, str, int]) -> tuple[str, TemplateState] | None:
        """The version's digest and state, or None."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: tuple[str, str, int], digest: str, state: TemplateState) -> None:
        """Remember a version; one that is larger than the whole memory is not."""
        cost = _cost(state)
        if key in self._kept or cost > self._max:
            return
        self._kept[key] = (digest, state)
        self._size += cost
        while self._size > self._max:
            _, (_, gone) = self._kept.popitem(last=False)
            self._size -= _cost(gone)


def _cost(state: TemplateState) -> int:
    # Four bytes a character at worst, and a flat share for definitions and layouts.
    bodies = [state.html or "", *(layout.html or "" for layout in state.layouts.values())]
    bodies += sources_of(state.partials).values()
    return sum(4 * len(body) for body in bodies) + 4096
