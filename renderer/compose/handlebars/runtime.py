"""A parsed source with data: Handlebars' contexts, frames and blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from jinja2 import UndefinedError

from renderer.compose.arithmetic import LimitError
from renderer.compose.handlebars.helpers import BLOCKS, HELPERS
from renderer.compose.handlebars.tree import (
    Block,
    Call,
    Expression,
    Inline,
    Literal,
    Partial,
    Path,
    Print,
    Program,
    Statement,
    Text,
)
from renderer.compose.handlebars.values import UNDEFINED, Nothing, entries, escape, is_empty, member
from renderer.compose.handlebars.values import text as text_of
from renderer.compose.names import nearest
from renderer.compose.placed import PlacedError

__all__ = ["Run"]

_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a run stands: the context, those around it, `@` values, block parameters, partials."""

    context: Any
    around: tuple[Any, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    names: Mapping[str, Any] = field(default_factory=dict[str, Any])
    inline: Mapping[str, Program] = field(default_factory=dict[str, Program])
    depth: int = 0

    def entered(self, context: Any) -> _Frame:
        """The frame inside of a block with a context of its own."""
        if context is self.context:
            return self
        return replace(self, context=context, around=(self.context, *self.around))


class Run:
    """One rendering. `partials`: name -> program. `strict`: what has no value is an error.

    Without `escapes` two braces print what three do.
    """

    def __init__(
        self, partials: Mapping[str, Program], *, strict: bool, most: int, escapes: bool = True
    ) -> None:
        self._partials = partials
        self._escapes = escapes
        self._strict = strict
        self._left = most
        self._most = most
        self._pieces: list[str] = []

    def render(self, program: Program, variables: Mapping[str, Any]) -> str:
        """What the program prints. Raises LimitError, PlacedError, UndefinedError."""
        self._program(program, _Frame(variables, data={"root": variables}))
        return "".join(self._pieces)

    def _print(self, piece: str) -> None:
        self._left -= len(piece)
        if self._left < 0:
            raise LimitError(f"the output has more than {self._most} characters")
        self._pieces.append(piece)

    def _program(self, program: Program, frame: _Frame) -> None:
        inlines = {one.name: one.program for one in program.body if isinstance(one, Inline)}
        if inlines:
            frame = replace(frame, inline={**frame.inline, **inlines})
        for statement in program.body:
            self._statement(statement, frame)

    def _statement(self, statement: Statement, frame: _Frame) -> None:
        match statement:
            case Text(text):
                self._print(text)
            case Print(call, escaped):
                value = self._call(call, frame)
                self._judge(value, call)
                self._print(escape(value) if escaped and self._escapes else text_of(value))
            case Block():
                self._block(statement, frame)
            case Partial():
                self._partial(statement, frame)
            case Inline():
                pass  # it was taken note of when its program began

    def _judge(self, value: Any, call: Call) -> None:
        if self._strict and isinstance(value, Nothing):
            name = value.written.removeprefix("this.")
            raise PlacedError(call.place) from UndefinedError(f"'{name}' is undefined")

    # Values

    def _value(self, expression: Expression, frame: _Frame) -> Any:
        match expression:
            case Literal(value):
                return value
            case Path():
                return self._path(expression, frame)
            case Call():
                return self._call(expression, frame)

    def _path(self, path: Path, frame: _Frame) -> Any:
        value, parts = self._start(path, frame)
        for part in parts:
            value = member(value, part)
            if value is UNDEFINED:
                return Nothing(path.written)
        return value

    def _start(self, path: Path, frame: _Frame) -> tuple[Any, tuple[str, ...]]:
        if path.data:
            data = frame.data
            for _ in range(path.depth):
                data = data.get("_parent", {})
            return data, path.parts
        if path.parts and path.name is None and not path.scoped and not path.depth:
            first = path.parts[0]
        else:
            first = path.name or ""
        if first in frame.names:
            return frame.names[first], path.parts[1:]
        if path.depth:
            around = frame.around
            return (around[path.depth - 1] if path.depth <= len(around) else UNDEFINED), path.parts
        return frame.context, path.parts

    def _call(self, call: Call, frame: _Frame) -> Any:
        name = call.callee.name if isinstance(call.callee, Path) else None
        if isinstance(call.callee, Literal):
            if call.bare and not isinstance(call.callee.value, str):
                return member(frame.context, text_of(call.callee.value))
            return member(frame.context, str(call.callee.value)) if call.bare else self._no(call)
        if call.bare:
            value = self._path(call.callee, frame)
            if isinstance(value, Nothing) and name == "now":
                return self._helper(call, "now", frame)
            return value
        if name is not None and name in HELPERS:
            return self._helper(call, name, frame)
        if name is not None and name in BLOCKS:
            self._fail(call, f"{name!r} is a block: write {{{{#{name} ...}}}}")
        return self._no(call)

    def _helper(self, call: Call, name: str, frame: _Frame) -> Any:
        values = [_given(self._value(one, frame)) for one in call.params]
        named = {key: _given(self._value(one, frame)) for key, one in call.named}
        try:
            return HELPERS[name](*values, **named)
        except (LimitError, MemoryError, RecursionError):
            raise
        except Exception as error:
            # Whatever a function says of its arguments, it is said with the tag's place.
            raise PlacedError(call.place) from _worded(name, error)

    def _no(self, call: Call) -> NoReturn:
        name = call.callee.written if isinstance(call.callee, Path) else str(call.callee.value)
        near = nearest(name, HELPERS)
        hint = f". Did you mean {near!r}?" if near else ""
        self._fail(call, f"there is no helper {name!r}{hint}")

    def _fail(self, call: Call, message: str) -> NoReturn:
        raise PlacedError(call.place) from ValueError(message)

    # Blocks

    def _block(self, block: Block, frame: _Frame) -> None:
        call = block.call
        name = call.callee.name if isinstance(call.callee, Path) else None
        if name in BLOCKS and len(call.params) != 1:
            self._fail(call, f"{{{{#{name}}}}} takes one value: write {{{{#{name} value}}}}")
        match name:
            case "if" | "unless":
                self._if(block, frame, wanted=name == "if")
            case "each":
                self._each(block, self._value(call.params[0], frame), frame)
            case "with":
                self._with(block, self._value(call.params[0], frame), frame)
            case _:
                self._mustache_block(block, frame)

    def _if(self, block: Block, frame: _Frame, *, wanted: bool) -> None:
        value = self._value(block.call.params[0], frame)
        named = dict(block.call.named)
        zero = "includeZero" in named and bool(self._value(named["includeZero"], frame))
        number = value == 0 and not isinstance(value, bool | str)
        yes = not is_empty(value) and not (number and not zero)
        chosen = block.program if yes is wanted else block.inverse
        if chosen:
            self._program(chosen, frame)

    def _with(self, block: Block, value: Any, frame: _Frame) -> None:
        if is_empty(value):
            if block.inverse:
                self._program(block.inverse, frame)
            return
        inner = frame.entered(value)
        names = {**frame.names, **dict(zip(block.program.names, (value,), strict=False))}
        self._program(block.program, replace(inner, names=names))

    def _each(self, block: Block, value: Any, frame: _Frame) -> None:
        rows = list(entries(value))
        for index, (key, item) in enumerate(rows):
            data = {
                "root": frame.data["root"],
                "_parent": frame.data,
                "key": key,
                "index": index,
                "first": index == 0,
                "last": index == len(rows) - 1,
            }
            names = {**frame.names, **dict(zip(block.program.names, (item, key), strict=False))}
            inner = replace(frame.entered(item), data=data, names=names)
            self._program(block.program, inner)
        if not rows and block.inverse:
            self._program(block.inverse, frame)

    def _mustache_block(self, block: Block, frame: _Frame) -> None:
        """`{{#name}}` without a block helper: a list repeats, an object is entered, true stays."""
        value = self._call(block.call, frame)
        if value is True:
            self._program(block.program, frame)
        elif value is False or value is None or isinstance(value, Nothing):
            if block.inverse:
                self._program(block.inverse, frame)
        elif isinstance(value, list | tuple):
            self._each(block, value, frame)
        else:
            self._program(block.program, frame.entered(value))

    # Partials

    def _partial(self, partial: Partial, frame: _Frame) -> None:
        name = partial.name
        if not isinstance(name, str):
            name = text_of(self._call(name, frame))
        program = frame.inline.get(name) or self._partials.get(name) or partial.fallback
        if program is None:
            known = ", ".join([*frame.inline, *self._partials]) or "none"
            message = f"there is no partial {name!r}; there are: {known}"
            raise PlacedError(partial.place) from ValueError(message)
        if frame.depth >= _DEEPEST:
            raise PlacedError(partial.place) from RecursionError(
                f"the partial {name!r} calls itself, or nests, too deeply"
            )
        inner = replace(self._inside(partial, frame), depth=frame.depth + 1)
        if partial.fallback is not None:
            inner = replace(inner, inline={**inner.inline, "@partial-block": partial.fallback})
        began = len(self._pieces)
        self._program(program, inner)
        if partial.indent:
            self._indent(began, partial.indent)

    def _inside(self, partial: Partial, frame: _Frame) -> _Frame:
        context = self._value(partial.context, frame) if partial.context else frame.context
        if partial.named:
            own = {key: _given(self._value(one, frame)) for key, one in partial.named}
            context = {**(context if isinstance(context, Mapping) else {}), **own}
        return frame.entered(context)

    def _indent(self, began: int, indent: str) -> None:
        printed = "".join(self._pieces[began:])
        lines = printed.split("\n")
        kept = lines if lines[-1] else lines[:-1]
        end = [] if lines[-1] else [""]
        del self._pieces[began:]
        self._left += len(printed)
        self._print("\n".join([*(indent + line for line in kept), *end]))


def _given(value: Any) -> Any:
    """As functions know it: nothing is null."""
    return None if isinstance(value, Nothing) else value


def _worded(name: str, error: Exception) -> Exception:
    """Python's words about arguments in ours."""
    if isinstance(error, TypeError) and "argument" in str(error):
        told = str(error).split("() ", 1)[-1]
        return ValueError(f"the helper {name!r} {told}")
    return error
