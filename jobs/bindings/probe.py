"""A refresh that leaves nothing behind: what would come, and where it would go."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import PlatenError
from jobs.bindings.sources import Sources
from templates_store.bindings.binding import Binding
from templates_store.bindings.data import BindingData
from templates_store.bindings.mapping import map_data
from templates_store.bindings.paths import available_paths
from templates_store.resolved import Resolved

__all__ = ["Fetch", "Probe", "probe"]


@dataclass(frozen=True, slots=True)
class Fetch:
    """How the source answered. `status` None: it was not asked, or did not answer."""

    success: bool
    status: int | None = None
    size: int | None = None
    media_type: str | None = None
    duration_ms: int = 0
    code: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """`found`: variable -> whether its path leads anywhere in the data."""

    fetch: Fetch
    found: Mapping[str, bool] = field(default_factory=dict[str, bool])
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])
    available_paths: tuple[str, ...] = ()


async def probe(sources: Sources, binding: Binding, kept: BindingData, resolved: Resolved) -> Probe:
    """Ask the source now, or take what was posted last, and map it."""
    began = time.monotonic()
    try:
        fetch, data = await _data(sources, binding, kept, began)
    except PlatenError as error:
        failed = Fetch(False, duration_ms=_since(began), code=error.code, error=error.message)
        return Probe(failed, variables=binding.defaults)
    if not fetch.success:
        return Probe(fetch, variables=binding.defaults)
    names = [one.name for one in resolved.definitions]
    mapped = map_data(data, binding.mapping, binding.defaults, names)
    return Probe(fetch, mapped.found, mapped.variables, tuple(available_paths(data)))


async def _data(
    sources: Sources, binding: Binding, kept: BindingData, began: float
) -> tuple[Fetch, Any]:
    match binding.source.type:
        case "static":
            return Fetch(True), binding.source.data
        case "webhook" if kept.posted is not None:
            return Fetch(True), kept.posted["body"]
        case "webhook":
            return Fetch(False, error="Nothing was posted to its webhook so far"), None
        case "http":
            said = await sources.ask(binding)
            took = _since(began)
            return Fetch(True, said.status, said.size, said.media_type or None, took), said.data


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
