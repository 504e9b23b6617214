"""Jinja in its sandbox, as templates of this service know it."""

from collections.abc import Mapping
from typing import Any, NoReturn

from jinja2 import Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.lexer import TokenStream
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_context

from renderer.compose.functions.kinds import text_of
from renderer.compose.functions.table import FUNCTIONS
from renderer.compose.grammar import PRIVATE, settle
from renderer.compose.missing import Missing, StrictMissing
from renderer.compose.places import mark

__all__ = ["LimitError", "TemplateEnvironment"]

MAX_REPEATED = 1_000_000
"""Characters or members that `text * number` may make."""

MAX_BITS = 4096
"""Size of a whole number that `**` or `*` may make."""

_JINJA_GLOBALS = ("range", "dict", "namespace", "cycler", "joiner")
_REMOVED_FILTERS = ("safe", "pprint", "random", "xmlattr")
"""`safe` switches escaping off; `pprint` shows Python; `random` breaks sameness; `xmlattr` takes
attribute names from data."""

_SIZED = (str, list, tuple)


class LimitError(Exception):
    """An expression asked for more than a template may have."""


@pass_context
def _finalize(_: Context, value: Any) -> Any:
    """How values print. That it takes the context keeps Jinja from folding constants while it
    compiles: the compiled template is kept, and what prints depends on the locale.
    """
    if isinstance(value, str):
        return value
    return "" if callable(value) and not isinstance(value, Undefined) else text_of(value)


def _multiply(left: Any, right: Any) -> Any:
    for many, times in ((left, right), (right, left)):
        if isinstance(many, _SIZED) and isinstance(times, int):
            if len(many) * times > MAX_REPEATED:
                raise LimitError(f"repeating makes more than {MAX_REPEATED} characters or members")
            return many * times
    if isinstance(left, int) and isinstance(right, int):
        _judge_bits(left.bit_length() + right.bit_length())
    return left * right


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(base, int) and isinstance(exponent, int):
        _judge_bits(base.bit_length() * abs(exponent))
    return base**exponent


def _judge_bits(bits: int) -> None:
    if bits > MAX_BITS:
        raise LimitError(f"the number would have more than {MAX_BITS} bits")


class TemplateEnvironment(ImmutableSandboxedEnvironment):
    """The language: sandboxed Jinja, escaping always, our functions as filters and as calls.

    Members of data come before methods (`invoice.items` is the data's, if it has them), what is
    missing prints nothing unless `strict`, and lines carry columns (`places`).
    """

    intercepted_binops = frozenset({"*", "**"})

    def __init__(self, *, strict: bool = False) -> None:
        super().__init__(
            autoescape=True,
            undefined=StrictMissing if strict else Missing,
            finalize=_finalize,
            optimized=False,
            cache_size=0,
            extensions=("jinja2.ext.do", "jinja2.ext.loopcontrols"),
        )
        calls = {name: self.globals[name] for name in _JINJA_GLOBALS}
        calls |= {name: row.call for name, row in FUNCTIONS.items()}
        self.globals.clear()
        self.globals.update({PRIVATE + name: call for name, call in calls.items()})
        self.function_names = tuple(calls)
        for name in _REMOVED_FILTERS:
            del self.filters[name]
        self.filters.update({name: row.call for name, row in FUNCTIONS.items()})
        self.filters.update({"d": FUNCTIONS["default"].call, "count": FUNCTIONS["length"].call})
        self.binop_table.update({"*": _multiply, "**": _power})
        self.policies["json.dumps_kwargs"] = {"ensure_ascii": False}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A member of the data, else what the sandbox allows."""
        if isinstance(obj, Mapping):
            if attribute in obj:
                return obj[attribute]
        elif attribute == "length" and isinstance(obj, _SIZED):
            return len(obj)
        return super().getattr(obj, attribute)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        """Say no at once, since our undefined would print nothing and go on."""
        raise SecurityError(f"the attribute {attribute!r} is not open to templates")

    def handle_exception(self, source: str | None = None) -> NoReturn:
        """Raise as it is: Jinja would rewrite the traceback with our places for line numbers."""
        raise  # noqa: PLE0704 - Jinja calls this inside its except blocks

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        lexemes = mark(self.lexer.tokeniter(source, name, filename, state), source)
        return TokenStream(self.lexer.wrap(lexemes, name, filename), name, filename)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        text = "\n".join(source.splitlines() if "\r" in source else [source])
        tree = Parser(self, text, name, filename).parse()
        return settle(tree, self, self.function_names)
