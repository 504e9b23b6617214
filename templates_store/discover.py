"""What the source itself says about its variables, joined with what its author declared."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from templates_store.variables import VARIABLE_TYPES, VariableDefinition, VariableType

__all__ = ["Analyse", "AnalyseFor", "AnalysisLike", "DiscoveredLike", "merge_definitions"]


class DiscoveredLike(Protocol):
    """A name that the source reads, with a guess at its type."""

    @property
    def name(self) -> str: ...  # noqa: D102 - said by the class
    @property
    def type_guess(self) -> str: ...  # noqa: D102 - said by the class


class AnalysisLike(Protocol):
    """What the renderer's analysis of a source tells."""

    @property
    def variables(self) -> Sequence[DiscoveredLike]: ...  # noqa: D102 - said by the class
    @property
    def javascript(self) -> bool: ...  # noqa: D102 - said by the class
    @property
    def syntax(self) -> str: ...  # noqa: D102 - said by the class
    @property
    def includes(self) -> tuple[str, ...]: ...  # noqa: D102 - said by the class
    @property
    def assets(self) -> tuple[str, ...]: ...  # noqa: D102 - said by the class


Analyse = Callable[[str, str, Mapping[str, str] | None], Awaitable[AnalysisLike]]
"""Reads a source in a syntax (`auto` recognises it) with its partials' sources; raises the
renderer's error, with line and column, for one that is broken."""

AnalyseFor = Callable[[str, str, str, Mapping[str, str] | None], Awaitable[AnalysisLike]]
"""The same with the workspace before all, whose turn it is then."""


def merge_definitions(
    declared: Sequence[VariableDefinition], found: Sequence[DiscoveredLike]
) -> tuple[tuple[VariableDefinition, ...], tuple[str, ...]]:
    """All definitions, the declared ones first, and the names that only the source knows.

    Definitions that were discovered in an earlier source and are not in this one any more go.
    """
    kept = tuple(definition for definition in declared if definition.declared)
    names = {definition.name for definition in kept}
    added = {item.name: item for item in found if item.name not in names}
    discovered = tuple(
        VariableDefinition(name=name, type=_type(item.type_guess), declared=False)
        for name, item in added.items()
    )
    return kept + discovered, tuple(added)


def _type(guess: str) -> VariableType:
    return guess if guess in VARIABLE_TYPES else "string"
