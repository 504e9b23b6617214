"""Jinja in its sandbox, as templates of this service know it."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from functools import wraps
from typing import Any, NoReturn, Protocol

from jinja2 import Template, TemplateNotFound, Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.lexer import TokenStream
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_context

from renderer.compose.arithmetic import OPERATORS
from renderer.compose.dialect import DialectParser, dialect_lexer, tokens
from renderer.compose.functions.brought import BROUGHT_FILTERS, strftime_of
from renderer.compose.functions.kinds import text_of
from renderer.compose.functions.table import FUNCTIONS
from renderer.compose.grammar import PRIVATE, settle
from renderer.compose.missing import Missing, StrictMissing

__all__ = ["TemplateEnvironment"]

_JINJA_GLOBALS = ("range", "dict", "namespace", "cycler", "joiner")
_REMOVED_FILTERS = ("safe", "pprint", "random", "xmlattr")
"""`safe` switches escaping off; `pprint` shows Python; `random` breaks sameness; `xmlattr` takes
attribute names from data."""

_LAZY_FILTERS = (
    "batch", "items", "map", "reject", "rejectattr", "reverse", "select", "selectattr", "unique",
)  # fmt: skip
"""Filters that give a generator, which nothing but a loop could read."""

_SIZED = (str, list, tuple)


def _listed(lazy: Callable[..., Any]) -> Callable[..., Any]:
    """The filter with all its members at once, so that `sum`, `length` and print can take them."""

    @wraps(lazy)
    def at_once(*values: Any, **named: Any) -> Any:
        found = lazy(*values, **named)
        return list(found) if isinstance(found, Iterator) else found

    return at_once


@pass_context
def _finalize(_: Context, value: Any) -> Any:
    """How values print. That it takes the context keeps Jinja from folding constants while it
    compiles: the compiled template is kept, and what prints depends on the locale.
    """
    if isinstance(value, str):
        return value
    return "" if callable(value) and not isinstance(value, Undefined) else text_of(value)


class PartialFinder(Protocol):
    """Finds what `include` names. Raises jinja2.TemplateNotFound."""

    def __call__(self, name: str, *, strict: bool) -> Template: ...


class TemplateEnvironment(ImmutableSandboxedEnvironment):
    """The language: sandboxed Jinja, escaping unless `escape=False`, our functions as filters and
    as calls.

    Members of data come before methods (`invoice.items` is the data's, if it has them), what is
    missing prints nothing unless `strict`, and lines carry columns (`places`).
    """

    intercepted_binops = frozenset(OPERATORS)

    def __init__(
        self, partial: PartialFinder | None = None, *, strict: bool = False, escape: bool = True
    ) -> None:
        self._partial = partial
        self._strict = strict
        super().__init__(
            autoescape=escape,
            undefined=StrictMissing if strict else Missing,
            finalize=_finalize,
            optimized=False,
            cache_size=0,
            extensions=("jinja2.ext.do", "jinja2.ext.loopcontrols"),
        )
        self._dialect = dialect_lexer(self)
        calls = {name: self.globals[name] for name in _JINJA_GLOBALS}
        calls |= {name: row.call for name, row in FUNCTIONS.items()}
        self.globals.clear()
        self.globals.update({PRIVATE + name: call for name, call in calls.items()})
        self.function_names = tuple(calls)
        for name in _REMOVED_FILTERS:
            del self.filters[name]
        for name in _LAZY_FILTERS:
            self.filters[name] = _listed(self.filters[name])
        self.filters.update(BROUGHT_FILTERS)
        self.filters.update({name: row.call for name, row in FUNCTIONS.items()})
        self.filters.update({"d": FUNCTIONS["default"].call, "count": FUNCTIONS["length"].call})
        self.binop_table.update(OPERATORS)
        self.policies["json.dumps_kwargs"] = {"ensure_ascii": False}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A member of the data, else what the sandbox allows."""
        if isinstance(obj, Mapping):
            if attribute in obj:
                return obj[attribute]
        elif attribute == "length" and isinstance(obj, _SIZED):
            return len(obj)
        elif attribute == "strftime" and isinstance(obj, str):
            return strftime_of(obj)
        return super().getattr(obj, attribute)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        """Say no at once, since our undefined would print nothing and go on."""
        raise SecurityError(f"the attribute {attribute!r} is not open to templates")

    def handle_exception(self, source: str | None = None) -> NoReturn:
        """Raise as it is: Jinja would rewrite the traceback with our places for line numbers."""
        raise  # noqa: PLE0704 - Jinja calls this inside its except blocks

    def _load_template(
        self,
        name: str,
        globals: MutableMapping[str, Any] | None,  # noqa: A002 - Jinja's own name
    ) -> Template:
        if self._partial is None:
            raise TemplateNotFound(name)
        return self._partial(name, strict=self._strict)

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        return tokens(self._dialect, source, name, filename)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        text = "\n".join(source.splitlines() if "\r" in source else [source])
        tree = DialectParser(self, text, name, filename).parse()
        return settle(tree, self, self.function_names)
