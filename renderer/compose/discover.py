"""Which variables a template reads, and what they seem to be."""

from collections.abc import Mapping
from typing import Any

from jinja2 import nodes
from jinja2.environment import Environment
from jinja2.meta import find_undeclared_variables
from jinja2.visitor import NodeTransformer

from renderer.compose.analysis import Discovered
from renderer.compose.guess import Clues, collect

__all__ = ["discover", "included_names"]


class _Unfold(NodeTransformer):
    """Puts the text of what is included where its name stands, so that loops around it count."""

    def __init__(self, environment: Environment, partials: Mapping[str, str]) -> None:
        self._environment = environment
        self._partials = partials
        self._within: list[str] = []

    def visit_Include(self, node: nodes.Include, *_: Any, **__: Any) -> nodes.Node | None:  # noqa: N802 - Jinja calls it by its node's name
        """The partial's statements in a scope of their own; nothing for one within itself."""
        name = node.template.value if isinstance(node.template, nodes.Const) else ""
        if name not in self._partials or name in self._within:
            return None
        self._within.append(name)
        body = self.visit(self._environment.parse(self._partials[name])).body
        self._within.pop()
        return nodes.Scope(body, lineno=node.lineno)


def discover(
    environment: Environment, source: str, partials: Mapping[str, str] | None = None
) -> list[Discovered]:
    """The undeclared names in order of appearance, those of what it includes as well.

    Raises jinja2.TemplateSyntaxError.
    """
    tree = _Unfold(environment, partials or {}).visit(environment.parse(source))
    names = find_undeclared_variables(tree)
    clues = collect(tree, names)
    seen = {node.name: None for node in tree.find_all(nodes.Name)}
    places = {name: index for index, name in enumerate(seen)}
    first = {node.name: node.lineno for node in reversed(list(tree.find_all(nodes.Name)))}
    key = places if partials else first
    ordered = sorted(names, key=lambda name: key.get(name, 0))
    return [clues.get(name, Clues()).verdict(name) for name in ordered]


def included_names(environment: Environment, source: str) -> list[str]:
    """What the source includes. Raises jinja2.TemplateSyntaxError."""
    found = environment.parse(source).find_all(nodes.Include)
    names = [one.template.value for one in found if isinstance(one.template, nodes.Const)]
    return list(dict.fromkeys(names))
