"""The workspace's assets that a composition may name, and their names in a source."""

from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

from jinja2 import nodes
from jinja2.environment import Environment

from renderer.compose.analysis import ANY
from renderer.compose.grammar import PRIVATE
from renderer.compose.names import nearest

__all__ = ["ASSETS", "FOCI", "UnknownAssetError", "asset_names", "asset_url"]

ASSETS: ContextVar[Mapping[str, str]] = ContextVar("assets", default=MappingProxyType({}))
"""Name -> URL, of the composition under way; a child does one at a time."""

FOCI: ContextVar[Mapping[str, tuple[float, float]]] = ContextVar(
    "foci", default=MappingProxyType({})
)
"""URL -> focal point, of those assets that have one."""


class UnknownAssetError(ValueError):
    """No asset has that name. `suggestion` is the nearest that there is."""

    def __init__(self, name: str) -> None:
        self.suggestion = nearest(name, ASSETS.get())
        hint = f" Did you mean {self.suggestion!r}?" if self.suggestion else " Upload it first."
        super().__init__(f"this workspace has no asset {name[:80]!r}.{hint}")


def asset_url(name: str) -> str:
    """The URL of an asset. Raises UnknownAssetError."""
    url = ASSETS.get().get(name)
    if url is None:
        raise UnknownAssetError(name)
    return url


def asset_names(environment: Environment, source: str) -> list[str]:
    """The assets that a Jinja source names. Raises jinja2.TemplateSyntaxError."""
    tree = environment.parse(source)
    named: list[nodes.Node | None] = [
        one.node for one in tree.find_all(nodes.Filter) if one.name == "asset"
    ]
    named += [
        next(iter(call.args), None)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name == f"{PRIVATE}asset"
    ]
    return list(dict.fromkeys(map(_constant, named)))


def _constant(node: Any) -> str:
    value = node.value if isinstance(node, nodes.Const) else None
    return value if isinstance(value, str) else ANY
