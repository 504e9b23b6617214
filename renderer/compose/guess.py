"""What kind of value a variable seems to hold, from how the template uses it and from its name."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from jinja2 import nodes

from renderer.compose.analysis import Discovered, VariableType
from renderer.compose.functions.kinds import is_number
from renderer.compose.grammar import PRIVATE

__all__ = ["BEFORE", "BY_FUNCTION", "Clues", "collect"]

BY_FUNCTION: dict[str, VariableType] = {
    **dict.fromkeys(
        ("currency", "number", "percent", "round", "floor", "ceil", "abs", "int", "float"),
        "number",
    ),
    **dict.fromkeys(("date", "time"), "date"),
    "crop": "image",
    **dict.fromkeys(
        ("join", "first", "last", "sum", "average", "sort", "batch", "map", "selectattr",
         "groupby", "unique", "reverse", "isArray"), "array",
    ),
    **dict.fromkeys(("dictsort", "items", "isObject"), "object"),
}  # fmt: skip
"""Function or filter -> what its first argument seems to be."""

BEFORE: tuple[tuple[re.Pattern[str], VariableType], ...] = (
    (re.compile(r"<(?:img|image|source|input)\b[^>]*\b(?:src|href|srcset)\s*=\s*[\"']?$"), "image"),
    (re.compile(r"\b(?:poster|background)\s*=\s*[\"']$|url\(\s*[\"']?$"), "image"),
    (re.compile(r"\bhref\s*=\s*[\"']?$"), "url"),
    (re.compile(r"(?:color|background|fill|stroke)\s*[:=]\s*[\"']?$"), "color"),
)
"""What stands in front of a printed variable -> what it seems to be."""

_BY_NAME: tuple[tuple[re.Pattern[str], VariableType], ...] = (
    (re.compile(r"(?:image|photo|picture|logo|avatar|cover|thumbnail|icon)(?:_?url)?$"), "image"),
    (re.compile(r"(?:url|link|href)$"), "url"),
    (re.compile(r"colou?r$"), "color"),
    (re.compile(r"(?:price|amount|total|count|quantity|percent|rating|score|year)$"), "number"),
    (re.compile(r"(?:date|deadline)$|_(?:at|on)$"), "date"),
    (re.compile(r"^(?:is|has|show|hide)_?[a-zA-Z]"), "boolean"),
)
"""The end (or start) of a name, in small letters -> what it seems to be."""

_ARITHMETIC = (nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.Neg)


@dataclass(slots=True)
class Clues:
    """Of one variable: the kinds its uses speak for, and whether it is printed for certain."""

    kinds: list[VariableType] = field(default_factory=list[VariableType])
    asked: bool = False
    required: bool = False

    def verdict(self, name: str) -> Discovered:
        """The first clue from use, else the name's, else a text."""
        by_name: VariableType | None = next(
            (kind for rule, kind in _BY_NAME if rule.search(name.lower())), None
        )
        unused: VariableType = "boolean" if self.asked and not self.required else "string"
        named: VariableType = by_name or unused
        kind = self.kinds[0] if self.kinds else named
        return Discovered(name, kind, self.required)


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where the walk is: under a condition, behind a fallback, after this text."""

    certain: bool = True
    before: str = ""
    printed: bool = False


class _Walk:
    def __init__(self, names: Collection[str]) -> None:
        self.clues: dict[str, Clues] = {name: Clues() for name in names}

    def _note(self, node: nodes.Node, kind: VariableType) -> None:
        if isinstance(node, nodes.Name) and node.name in self.clues:
            self.clues[node.name].kinds.append(kind)

    def visit(self, node: nodes.Node, spot: _Spot) -> None:
        self._by_use(node)
        if isinstance(node, nodes.Name):
            self._name(node, spot)
        elif isinstance(node, nodes.Output):
            self._output(node, spot)
        else:
            for child, certain in _parts(node):
                self.visit(child, _Spot(spot.certain and certain, printed=spot.printed))

    def _name(self, node: nodes.Name, spot: _Spot) -> None:
        clue = self.clues.get(node.name)
        if clue is None:
            return
        clue.required = clue.required or (spot.certain and spot.printed)
        for rule, kind in BEFORE:
            if spot.before and rule.search(spot.before):
                clue.kinds.append(kind)
                break

    def _output(self, node: nodes.Output, spot: _Spot) -> None:
        before = ""
        for child in node.nodes:
            if isinstance(child, nodes.TemplateData):
                before = child.data[-300:]
            else:
                self.visit(child, _Spot(spot.certain, before, printed=True))
                before = ""

    def _by_use(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.For):
            self._note(node.iter, "array")
        elif isinstance(node, nodes.Getattr):
            self._note(node.node, "array" if node.attr == "length" else "object")
        elif isinstance(node, nodes.Getitem):
            index = node.arg
            whole = isinstance(index, nodes.Slice) or (
                isinstance(index, nodes.Const) and isinstance(index.value, int)
            )
            self._note(node.node, "array" if whole else "object")
        elif isinstance(node, nodes.Filter | nodes.Call):
            self._by_function(node)
        elif isinstance(node, _ARITHMETIC):
            for child in node.iter_child_nodes():
                self._note(child, "number")
        elif isinstance(node, nodes.If | nodes.CondExpr):
            self._asked(node.test)
        elif isinstance(node, nodes.Compare):
            self._compared(node)

    def _by_function(self, node: nodes.Filter | nodes.Call) -> None:
        if isinstance(node, nodes.Filter):
            name, subject = node.name, node.node
        else:
            called = node.node.name if isinstance(node.node, nodes.Name) else ""
            name, subject = called.removeprefix(PRIVATE), next(iter(node.args), None)
        if subject is not None and name in BY_FUNCTION:
            self._note(subject, BY_FUNCTION[name])

    def _asked(self, test: nodes.Node) -> None:
        inner = test.node if isinstance(test, nodes.Not) else test
        if isinstance(inner, nodes.Name) and inner.name in self.clues:
            self.clues[inner.name].asked = True

    def _compared(self, node: nodes.Compare) -> None:
        other = node.ops[0].expr
        if isinstance(other, nodes.Const) and is_number(other.value):
            self._note(node.expr, "number")


def _parts(node: nodes.Node) -> Iterator[tuple[nodes.Node, bool]]:
    """The children, and whether each is sure to be reached with a value that is needed."""
    fallback = isinstance(node, nodes.Filter) and node.name in {"default", "d"}
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
        called = node.node.name.removeprefix(PRIVATE)
        fallback = called in {"default", "coalesce"} or called.startswith("is")
    unsure = (nodes.If, nodes.CondExpr, nodes.For, nodes.Macro, nodes.Or, nodes.And, nodes.Test)
    certain = not fallback and not isinstance(node, unsure)
    for child in node.iter_child_nodes():
        yield child, certain


def collect(tree: nodes.Template, names: Collection[str]) -> dict[str, Clues]:
    """What the tree tells of each name."""
    walk = _Walk(names)
    walk.visit(tree, _Spot())
    return walk.clues
