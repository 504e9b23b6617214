"""What may be written beside Jinja's own: `&&`, `||`, `!`, `===`, `a ? b : c`, `null`."""

import re
from collections.abc import Iterator

from jinja2 import nodes
from jinja2.environment import Environment
from jinja2.lexer import Lexer, TokenStream
from jinja2.parser import Parser

from renderer.compose.places import mark

__all__ = ["DialectParser", "dialect_lexer", "tokens"]

_MARKS = re.compile(r"&&|\|\||===|!==|!(?!=)|\?")
_NAMES = {"&&": "and", "||": "or"}
_OPERATORS = {"===": "==", "!==": "!="}
_KINDS = {"!": "bang", "?": "question"}
_NOTHING = frozenset({"null", "undefined"})
_OWN = "dialect"
_INSIDE = ("variable_begin", "block_begin", "linestatement_begin")


def dialect_lexer(environment: Environment) -> Lexer:
    """Jinja's lexer with one rule more, in front of all others, inside `{{ }}` and `{% %}`."""
    lexer = Lexer(environment)
    for state in _INSIDE:
        rules = lexer.rules.get(state)
        if rules:
            # The first rule of a state is its end mark and has to stay first.
            rules.insert(1, type(rules[0])(_MARKS, _OWN, None))
    return lexer


def _translated(lexemes: Iterator[tuple[int, str, str]]) -> Iterator[tuple[int, str, str]]:
    for place, kind, text in lexemes:
        if kind != _OWN:
            yield place, kind, text
        elif text in _NAMES:
            yield place, "name", _NAMES[text]
        elif text in _OPERATORS:
            yield place, "operator", _OPERATORS[text]
        else:
            yield place, _KINDS[text], text


def tokens(lexer: Lexer, source: str, name: str | None, filename: str | None) -> TokenStream:
    """The source's tokens with places for lines (`places`) and the dialect's marks."""
    lexemes = _translated(mark(lexer.tokeniter(source, name, filename), source))
    return TokenStream(lexer.wrap(lexemes, name, filename), name, filename)


class DialectParser(Parser):
    """Jinja's parser with the conditional of C, its `!`, and `null`."""

    def parse_condexpr(self) -> nodes.Expr:
        """`yes if test else no`, and `test ? yes : no`."""
        test = super().parse_condexpr()
        if not self.stream.skip_if("question"):
            return test
        lineno = test.lineno
        yes = self.parse_condexpr()
        self.stream.expect("colon")
        return nodes.CondExpr(test, yes, self.parse_condexpr(), lineno=lineno)

    def parse_unary(self, with_filter: bool = True) -> nodes.Expr:
        """`!x` binds as closely as a minus does."""
        place = self.stream.current.lineno
        if self.stream.skip_if("bang"):
            return nodes.Not(self.parse_unary(with_filter=False), lineno=place)
        return super().parse_unary(with_filter)

    def parse_call(self, node: nodes.Expr) -> nodes.Call:
        """A call stands where its name does, not where its bracket opens."""
        call = super().parse_call(node)
        call.lineno = node.lineno
        return call

    def parse_primary(self, with_namespace: bool = False) -> nodes.Expr:
        """`null` and `undefined` are no variables."""
        token = self.stream.current
        if token.type == "name" and token.value in _NOTHING:
            next(self.stream)
            return nodes.Const(None, lineno=token.lineno)
        return super().parse_primary(with_namespace)
