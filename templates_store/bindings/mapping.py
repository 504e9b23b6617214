"""From a source's data to a template's variables."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import ContentError
from templates_store.bindings.paths import MISSING, available_paths, parse_path, value_at

__all__ = ["Mapped", "MappingError", "map_data", "refuse_foreign"]

_SHOWN = 20


class MappingError(ContentError):
    """None of a binding's mapping leads to anything in its data: compare it with
    `availablePaths` of `POST /bindings/{uid}/test`.
    """

    code = "mapping_failed"
    title = "Mapping failed"


@dataclass(frozen=True, slots=True)
class Mapped:
    """`variables` with defaults filled in; `found`: variable -> whether its path led anywhere."""

    variables: Mapping[str, Any]
    found: Mapping[str, bool]


def map_data(
    data: Any, mapping: Mapping[str, str], defaults: Mapping[str, Any], names: Collection[str]
) -> Mapped:
    """The variables that the data makes. A path that leads nowhere, or to null, takes the default.

    Without a mapping, members of the data that are called as one of the template's variables
    (`names`) are its values.
    """
    paths = mapping or {name: f"['{name}']" for name in names if "'" not in name}
    values = {name: value_at(data, parse_path(path)) for name, path in paths.items()}
    given = {name: value for name, value in values.items() if value not in (None, MISSING)}
    return Mapped(
        {**defaults, **given}, {name: value is not MISSING for name, value in values.items()}
    )


def refuse_foreign(data: Any, mapped: Mapped) -> None:
    """Raise MappingError where data of another shape came than the mapping was made for."""
    if not mapped.found or any(mapped.found.values()):
        return
    there = available_paths(data)
    shown = ", ".join(there[:_SHOWN])[:1000] or "nothing at all"
    names = ", ".join(list(mapped.found)[:_SHOWN])[:1000]
    raise MappingError(
        f"No path of the mapping leads to anything in the data (for {names}); there is {shown}"
    )
