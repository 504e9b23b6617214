"""Which variables a Handlebars source reads, and what they seem to be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from renderer.compose.analysis import ANY, Discovered, VariableType
from renderer.compose.guess import BEFORE, BY_FUNCTION, Clues
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
    Text,
)

__all__ = ["asset_names", "discover", "partial_names"]

_NUMBERS = ("add", "subtract", "multiply", "divide", "mod", "lt", "lte", "gt", "gte")


@dataclass(frozen=True, slots=True)
class _Scope:
    """How many contexts lie between here and the data, and which names are the source's own."""

    depth: int = 0
    names: frozenset[str] = field(default_factory=frozenset[str])
    certain: bool = True


class _Walk:
    def __init__(self, partials: Mapping[str, Program]) -> None:
        self.clues: dict[str, Clues] = {}
        self.assets: dict[str, None] = {}
        self._before = ""
        self._partials = partials
        self._within: list[str] = []

    def program(self, program: Program, scope: _Scope) -> None:
        scope = replace(scope, names=scope.names | set(program.names))
        for statement in program.body:
            match statement:
                case Text(text):
                    self._before = text[-300:]
                    continue
                case Print(call):
                    self._print(call, scope)
                case Block():
                    self._block(statement, scope)
                case Partial():
                    self._partial(statement, scope)
                case Inline(_, inner):
                    self.program(inner, replace(scope, certain=False))
            self._before = ""

    def _print(self, call: Call, scope: _Scope) -> None:
        self._value(call, scope, None)
        name = self._name(call.callee, scope) if call.bare else None
        if name:
            clue = self.clues[name]
            clue.required = clue.required or scope.certain
            for rule, kind in BEFORE:
                if rule.search(self._before):
                    clue.kinds.append(kind)
                    break

    def _block(self, block: Block, scope: _Scope) -> None:
        call = block.call
        helper = call.callee.name if isinstance(call.callee, Path) else None
        inner = replace(scope, certain=False)
        if helper in {"if", "unless"} and call.params:
            self._value(call.params[0], scope, None)
            if name := self._name(call.params[0], scope):
                self.clues[name].asked = True
        elif helper in {"each", "with"} and call.params:
            self._value(call.params[0], scope, "array" if helper == "each" else "object")
            inner = self._entered(inner, call.params[0])
        elif not call.bare:
            self._value(call, scope, None)
        else:
            self._value(call.callee, scope, None)
            inner = replace(inner, depth=scope.depth + 1)
        self.program(block.program, inner)
        if block.inverse:
            self.program(block.inverse, replace(scope, certain=False))

    def _entered(self, scope: _Scope, value: Expression) -> _Scope:
        same = isinstance(value, Path) and value.scoped and not value.parts
        return scope if same else replace(scope, depth=scope.depth + 1)

    def _partial(self, partial: Partial, scope: _Scope) -> None:
        for value in [partial.context, *(one for _, one in partial.named)]:
            if value is not None:
                self._value(value, scope, None)
        if partial.fallback:
            self.program(partial.fallback, scope)
        name = partial.name if isinstance(partial.name, str) else ""
        if name in self._partials and name not in self._within:
            self._within.append(name)
            inner = self._entered(scope, partial.context) if partial.context else scope
            named = frozenset(key for key, _ in partial.named)
            self.program(self._partials[name], replace(inner, names=inner.names | named))
            self._within.pop()

    def _value(self, value: Expression, scope: _Scope, kind: VariableType | None) -> None:
        match value:
            case Path():
                self._path(value, scope, kind)
            case Call():
                self._call(value, scope, kind)
            case Literal():
                pass

    def _call(self, call: Call, scope: _Scope, kind: VariableType | None) -> None:
        if call.bare:
            self._value(call.callee, scope, kind)
            return
        name = call.callee.name if isinstance(call.callee, Path) else None
        if name == "asset" and call.params:
            self._asset(call.params[0])
        of_first = "number" if name in _NUMBERS else BY_FUNCTION.get(name or "")
        for index, one in enumerate(call.params):
            first = index == 0 or name in _NUMBERS
            self._value(one, scope, of_first if first else None)
        for _, one in call.named:
            self._value(one, scope, None)

    def _asset(self, named: Expression) -> None:
        value = named.value if isinstance(named, Literal) else None
        self.assets[value if isinstance(value, str) else ANY] = None

    def _path(self, path: Path, scope: _Scope, kind: VariableType | None) -> None:
        name = self._name(path, scope)
        if name is None:
            return
        clue = self.clues[name]
        parts = path.parts[1:] if path.data else path.parts
        if len(parts) > 1:
            digits = parts[1].isdigit() or parts[1] == "length"
            clue.kinds.append("array" if digits else "object")
        elif kind:
            clue.kinds.append(kind)

    def _name(self, value: Expression, scope: _Scope) -> str | None:
        """The variable that a path begins with, if it reaches the data themselves."""
        if not isinstance(value, Path) or not value.parts:
            return None
        if value.data:
            found = value.parts[1] if value.parts[0] == "root" and len(value.parts) > 1 else None
        elif value.depth != scope.depth or (value.parts[0] in scope.names and not value.scoped):
            found = None
        else:
            found = value.parts[0]
        if found:
            self.clues.setdefault(found, Clues())
        return found


def discover(program: Program, partials: Mapping[str, Program]) -> list[Discovered]:
    """The names that the source and its partials read of its data, in order of appearance."""
    walk = _Walk(partials)
    walk.program(program, _Scope())
    return [clues.verdict(name) for name, clues in walk.clues.items()]


def asset_names(program: Program) -> list[str]:
    """The assets that the source names, without those of its partials."""
    walk = _Walk({})
    walk.program(program, _Scope())
    return list(walk.assets)


def partial_names(program: Program) -> list[str]:
    """The partials that are named in the source, without those that it holds itself."""
    every = list(_statements(program))
    own = {one.name for one in every if isinstance(one, Inline)} | {"@partial-block"}
    named = [one.name for one in every if isinstance(one, Partial) and isinstance(one.name, str)]
    return [name for name in dict.fromkeys(named) if name not in own]


def _statements(program: Program) -> Iterator[object]:
    for statement in program.body:
        yield statement
        match statement:
            case Block(_, inner, inverse):
                yield from _statements(inner)
                if inverse:
                    yield from _statements(inverse)
            case Inline(_, inner):
                yield from _statements(inner)
            case Partial(fallback=Program() as inner):
                yield from _statements(inner)
            case _:
                pass
