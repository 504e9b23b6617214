"""What a Handlebars source consists of. Places are packed lines and columns (`compose.places`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = [
    "Block",
    "Call",
    "Expression",
    "Inline",
    "Literal",
    "Partial",
    "Path",
    "Print",
    "Program",
    "Statement",
    "Text",
]


@dataclass(frozen=True, slots=True)
class Path:
    """`user.name`, `../name`, `this`, `@index`. `scoped`: it begins with `this` or `.`."""

    parts: tuple[str, ...]
    place: int
    depth: int = 0
    data: bool = False
    scoped: bool = False

    @property
    def written(self) -> str:
        """As an author would write it."""
        return ("@" if self.data else "") + "../" * self.depth + (".".join(self.parts) or "this")

    @property
    def name(self) -> str | None:
        """The helper's name that it may be: a single plain word."""
        plain = len(self.parts) == 1 and not (self.depth or self.data or self.scoped)
        return self.parts[0] if plain else None


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, a number, true, false, null or undefined."""

    value: Any
    place: int


@dataclass(frozen=True, slots=True)
class Call:
    """`helper a b key=c`; without arguments it may be a plain value. `nested`: in brackets."""

    callee: Path | Literal
    params: tuple[Expression, ...]
    named: tuple[tuple[str, Expression], ...]
    place: int
    nested: bool = False

    @property
    def bare(self) -> bool:
        """Whether it has no arguments at all."""
        return not (self.params or self.named or self.nested)


Expression = Path | Literal | Call


@dataclass(frozen=True, slots=True)
class Text:
    """What stands between tags."""

    text: str


@dataclass(frozen=True, slots=True)
class Print:
    """`{{expression}}`, or `{{{expression}}}` when it is not escaped."""

    call: Call
    escaped: bool


@dataclass(frozen=True, slots=True)
class Program:
    """A run of statements. `names`: its block parameters (`as |item index|`)."""

    body: tuple[Statement, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """`{{#call}} program {{else}} inverse {{/call}}`."""

    call: Call
    program: Program
    inverse: Program | None


@dataclass(frozen=True, slots=True)
class Partial:
    """`{{> name context key=value}}`. `fallback`: the body of `{{#> name}}`."""

    name: str | Call
    context: Expression | None
    named: tuple[tuple[str, Expression], ...]
    place: int
    indent: str = ""
    fallback: Program | None = None


@dataclass(frozen=True, slots=True)
class Inline:
    """`{{#*inline "name"}} program {{/inline}}`: a partial of this template alone."""

    name: str
    program: Program


Statement = Text | Print | Block | Partial | Inline
