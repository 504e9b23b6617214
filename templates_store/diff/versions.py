"""Two versions of one template, compared in all that a version fixes."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from templates_store.diff.lines import SourceDiff, diff_sources
from templates_store.layouts import Layout
from templates_store.template import TemplateState
from templates_store.variables import VariableDefinition

__all__ = ["Change", "LayoutDiff", "VariableDiff", "VersionDiff", "diff_versions"]

_SETTINGS = (
    "width", "height", "output_format", "pdf_preset", "js_enabled", "strict", "syntax", "reach",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One field that is not the same. `name` is the field's name in this package."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class LayoutDiff:
    """One layout that came, went or changed. `source` None: no body of its own, before or after."""

    key: str
    kind: Literal["added", "removed", "changed"]
    changes: tuple[Change, ...]
    source: SourceDiff | None


@dataclass(frozen=True, slots=True)
class VariableDiff:
    """Variables that came, went or are defined otherwise (by name, with what changed)."""

    added: tuple[VariableDefinition, ...]
    removed: tuple[VariableDefinition, ...]
    changed: tuple[tuple[str, tuple[Change, ...]], ...]


@dataclass(frozen=True, slots=True)
class VersionDiff:
    """All that differs between two versions."""

    source: SourceDiff
    layouts: tuple[LayoutDiff, ...]
    variables: VariableDiff
    settings: tuple[Change, ...]


def diff_versions(before: TemplateState, after: TemplateState) -> VersionDiff:
    """Compare two states that were read with all their bodies."""
    keys = dict.fromkeys([*before.layouts, *after.layouts])
    layouts = [_layout(key, before.layouts.get(key), after.layouts.get(key)) for key in keys]
    return VersionDiff(
        source=diff_sources(before.html or "", after.html or ""),
        layouts=tuple(layout for layout in layouts if layout is not None),
        variables=_variables(before.definitions, after.definitions),
        settings=_changes(before, after, _SETTINGS),
    )


def _layout(key: str, before: Layout | None, after: Layout | None) -> LayoutDiff | None:
    if before == after:
        return None
    old, new = before or Layout(0, 0), after or Layout(0, 0)
    own = old.html is not None or new.html is not None
    return LayoutDiff(
        key,
        "added" if before is None else "removed" if after is None else "changed",
        _changes(old, new, ("width", "height", "name")) if before and after else (),
        diff_sources(old.html or "", new.html or "") if own else None,
    )


def _variables(
    before: Sequence[VariableDefinition], after: Sequence[VariableDefinition]
) -> VariableDiff:
    old, new = {one.name: one for one in before}, {one.name: one for one in after}
    names = [field.name for field in fields(VariableDefinition)]
    changed = [(name, _changes(old[name], new[name], names)) for name in old if name in new]
    return VariableDiff(
        added=tuple(one for one in after if one.name not in old),
        removed=tuple(one for one in before if one.name not in new),
        changed=tuple((name, changes) for name, changes in changed if changes),
    )


def _changes(before: object, after: object, names: Sequence[str]) -> tuple[Change, ...]:
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in names]
    return tuple(Change(*pair) for pair in pairs if pair[1] != pair[2])
