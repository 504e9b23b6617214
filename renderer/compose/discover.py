"""Which variables a template reads, and what they seem to be."""

from jinja2 import nodes
from jinja2.environment import Environment
from jinja2.meta import find_undeclared_variables

from renderer.compose.analysis import Discovered
from renderer.compose.guess import Clues, collect

__all__ = ["discover"]


def discover(environment: Environment, source: str) -> list[Discovered]:
    """The undeclared names in order of appearance. Raises jinja2.TemplateSyntaxError."""
    tree = environment.parse(source)
    names = find_undeclared_variables(tree)
    clues = collect(tree, names)
    first = {node.name: node.lineno for node in reversed(list(tree.find_all(nodes.Name)))}
    ordered = sorted(names, key=lambda name: first.get(name, 0))
    return [clues.get(name, Clues()).verdict(name) for name in ordered]
