"""Sources that a template may include by name: those that its version has pinned."""

from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType

__all__ = ["PARTIALS"]

PARTIALS: ContextVar[Mapping[str, str]] = ContextVar("partials", default=MappingProxyType({}))
"""Name -> source, of the composition under way; a child does one at a time."""
