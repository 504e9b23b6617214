"""From tags to a tree of statements: blocks matched with their ends, `else if` unfolded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from jinja2 import TemplateSyntaxError

from renderer.compose.handlebars.expressions import Reader
from renderer.compose.handlebars.tags import Tag, tags
from renderer.compose.handlebars.tree import (
    Block,
    Call,
    Inline,
    Literal,
    Partial,
    Print,
    Program,
    Statement,
    Text,
)
from renderer.compose.places import Ruler

__all__ = ["parse"]

_DEEPEST = 60


@dataclass(slots=True)
class _Open:
    """A block on its way: what was read of it, and of its `else`."""

    tag: Tag
    kind: str  # block, inverse, partial, inline, or chain (an `else if`)
    call: Call | None
    name: str
    names: tuple[str, ...] = ()
    partial: Partial | None = None
    body: list[Statement] = field(default_factory=list[Statement])
    program: Program | None = None
    else_names: tuple[str, ...] = ()


def parse(source: str) -> Program:
    """The tree of a source. Raises TemplateSyntaxError with a place."""
    return _Parser(source).program()


class _Parser:
    def __init__(self, source: str) -> None:
        self._ruler = Ruler(source)
        self._tags: Sequence[Tag] = tags(source)
        self._stack: list[_Open] = []
        self._root: list[Statement] = []

    def program(self) -> Program:
        for tag in self._tags:
            self._take(tag)
        if self._stack:
            left = self._stack[-1]
            self._fail(
                left.tag, f"{{{{#{left.name}}}}} is never closed: {{{{/{left.name}}}}} is missing"
            )
        return Program(tuple(self._root))

    def _take(self, tag: Tag) -> None:
        match tag.kind:
            case "text":
                self._add(Text(tag.inner))
            case "print" | "raw":
                reader = self._reader(tag)
                call = reader.call()
                reader.done()
                self._add(Print(call, escaped=tag.kind == "print"))
            case "#" | "^":
                self._open(tag)
            case "#>" | ">":
                self._partial(tag)
            case "#*":
                self._inline(tag)
            case "else":
                self._else(tag)
            case _:
                self._close(tag)

    def _open(self, tag: Tag) -> None:
        if tag.kind == "#" and tag.inner.startswith("*"):
            self._fail(tag, "there are no decorators but {{#*inline}}")
        reader = self._reader(tag)
        call = reader.call()
        names = reader.block_names()
        reader.done()
        kind = "block" if tag.kind == "#" else "inverse"
        self._push(_Open(tag, kind, call, _written(call), names))

    def _partial(self, tag: Tag) -> None:
        reader = self._reader(tag)
        place = reader.place()
        name = reader.partial_name()
        context, named = reader.arguments()
        partial = Partial(name, context, named, place, tag.indent)
        if tag.kind == ">":
            self._add(partial)
        else:
            label = name if isinstance(name, str) else _written(name)
            self._push(_Open(tag, "partial", None, label, partial=partial))

    def _inline(self, tag: Tag) -> None:
        reader = self._reader(tag)
        call = reader.call()
        reader.done()
        named = call.params[0] if len(call.params) == 1 else None
        if _written(call) != "inline" or not isinstance(named, Literal):
            self._fail(tag, 'write {{#*inline "name"}}: there are no other decorators')
        self._push(_Open(tag, "inline", None, "inline", names=(str(named.value),)))

    def _else(self, tag: Tag) -> None:
        block = self._stack[-1] if self._stack else None
        if block is None or block.kind not in {"block", "inverse", "chain"}:
            self._fail(tag, "{{else}} stands in no block: put it between {{#if}} and {{/if}}")
        if block.program is not None:
            self._fail(tag, f"{{{{#{block.name}}}}} has a second {{{{else}}}}: remove one")
        block.program = Program(tuple(block.body), block.names)
        block.body = []
        reader = self._reader(tag)
        if not tag.inner.strip():
            return
        if tag.inner.lstrip().startswith("as "):
            block.else_names = reader.block_names()
            return
        call = reader.call()
        names = reader.block_names()
        reader.done()
        self._push(_Open(tag, "chain", call, _written(call), names))

    def _close(self, tag: Tag) -> None:
        name = tag.inner.strip()
        while self._stack and self._stack[-1].kind == "chain":
            self._finish(self._stack.pop())
        if not self._stack:
            self._fail(tag, f"{{{{/{name}}}}} closes nothing: there is no open {{{{#{name}}}}}")
        block = self._stack.pop()
        if _plain(name) != _plain(block.name):
            self._fail(
                tag,
                f"{{{{/{name}}}}} stands where {{{{#{block.name}}}}} has to be closed: "
                f"write {{{{/{block.name}}}}}",
                block.name,
            )
        self._finish(block)

    def _finish(self, block: _Open) -> None:
        body = tuple(block.body)
        if block.kind == "inline":
            self._add(Inline(block.names[0], Program(body)))
        elif block.partial is not None:
            told = block.partial
            self._add(
                Partial(told.name, told.context, told.named, told.place, fallback=Program(body))
            )
        else:
            assert block.call is not None
            first = Program(body, block.names) if block.program is None else block.program
            second = None if block.program is None else Program(body, block.else_names)
            if block.kind == "inverse":
                first, second = second or Program(), first
            self._add(Block(block.call, first, second))

    def _add(self, statement: Statement) -> None:
        (self._stack[-1].body if self._stack else self._root).append(statement)

    def _push(self, block: _Open) -> None:
        if len(self._stack) >= _DEEPEST:
            self._fail(block.tag, f"blocks are nested more than {_DEEPEST} deep")
        self._stack.append(block)

    def _reader(self, tag: Tag) -> Reader:
        return Reader(tag.inner, tag.offset, self._ruler)

    def _fail(self, tag: Tag, message: str, suggestion: str | None = None) -> NoReturn:
        error = TemplateSyntaxError(message, self._ruler.place(tag.offset))
        if suggestion:
            error.suggestion = suggestion  # type: ignore[attr-defined] - `problems` looks for it
        raise error


def _written(call: Call) -> str:
    callee = call.callee
    return str(callee.value) if isinstance(callee, Literal) else callee.written


def _plain(name: str) -> str:
    return name.replace("/", ".").replace("[", "").replace("]", "").strip()
