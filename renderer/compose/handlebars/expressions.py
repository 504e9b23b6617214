"""What stands inside of a tag: helper calls, paths, texts, numbers, brackets, `key=value`."""

import re
from typing import NamedTuple, NoReturn

from jinja2 import TemplateSyntaxError

from renderer.compose.handlebars.tree import Call, Expression, Literal, Path
from renderer.compose.places import Ruler

__all__ = ["Reader"]

_TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<string>\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')"
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?=[=~}\s/.)|]|$))"
    r"|(?P<pipes>as\s+\|)"
    r"|(?P<bar>\|)"
    r"|(?P<open>\()|(?P<close>\))"
    r"|(?P<key>(?:[^\s!\"#%-,./;->@\[-^`{-~]+|\[[^\]]*\])(?==))=?"
    r"|(?P<path>@?(?:\.\.?/)*(?:\.\.|\.(?=[\s)=~}]|$)|(?:[^\s!\"#%-,./;->@\[-^`{-~]+|\[[^\]]*\])"
    r"(?:[./](?:[^\s!\"#%-,./;->@\[-^`{-~]+|\[[^\]]*\]))*))"
    r")",
    re.DOTALL,
)
"""Handlebars' own lexer, with a whole path as one token."""

_SEGMENT = re.compile(r"\[([^\]]*)\]|([^./\[\]]+)")
_WORDS = {"true": True, "false": False, "null": None, "undefined": None}
_DEEPEST = 40


class _Token(NamedTuple):
    kind: str
    text: str
    offset: int


class Reader:
    """One tag's inner part. Raises TemplateSyntaxError with a place for what it cannot read."""

    def __init__(self, text: str, offset: int, ruler: Ruler) -> None:
        self._text, self._offset, self._ruler = text, offset, ruler
        self._tokens = self._tokenised()
        self._at = 0

    def place(self, offset: int | None = None) -> int:
        """The place of the next token, or of an offset in the tag."""
        here = self._peek().offset if offset is None else offset
        return self._ruler.place(self._offset + here)

    def call(self, depth: int = 0) -> Call:
        """A helper or a value, with its arguments."""
        place = self.place()
        callee = self._callee()
        params: list[Expression] = []
        named: list[tuple[str, Expression]] = []
        while (token := self._peek()).kind not in {"end", "close", "pipes"}:
            if token.kind == "key":
                named.append(self._pair(depth))
            elif named:
                self.fail("arguments with names stand last: move this one in front of them")
            else:
                params.append(self.value(depth))
        return Call(callee, tuple(params), tuple(named), place, nested=depth > 0)

    def value(self, depth: int = 0) -> Expression:
        """One argument."""
        token = self._peek()
        if depth > _DEEPEST:
            self.fail(f"brackets are nested more than {_DEEPEST} deep")
        if token.kind == "open":
            self._at += 1
            call = self.call(depth + 1)
            if self._peek().kind != "close":
                self.fail("this bracket is never closed: ) is missing", token.offset)
            self._at += 1
            return call
        return self._callee()

    def partial_name(self) -> str | Call:
        """The name behind `{{>`: a word, a text, or brackets that give one."""
        token = self._peek()
        if token.kind == "open":
            value = self.value()
            assert isinstance(value, Call)
            return value
        if token.kind not in {"path", "string", "number"}:
            self.fail("a partial needs a name, such as {{> header}}")
        self._at += 1
        return _unquoted(token.text) if token.kind == "string" else token.text.strip("[]")

    def arguments(self) -> tuple[Expression | None, tuple[tuple[str, Expression], ...]]:
        """What follows a partial's name: a context, and `key=value` pairs."""
        context: Expression | None = None
        named: list[tuple[str, Expression]] = []
        while (token := self._peek()).kind != "end":
            if token.kind == "key":
                named.append(self._pair(0))
            elif context is None and not named:
                context = self.value()
            else:
                self.fail("a partial takes one value and key=value pairs")
        return context, tuple(named)

    def block_names(self) -> tuple[str, ...]:
        """`as |item index|`, when it is there."""
        if self._peek().kind != "pipes":
            return ()
        self._at += 1
        names: list[str] = []
        while (token := self._peek()).kind == "path":
            names.append(token.text)
            self._at += 1
        if self._peek().kind != "bar" or not names:
            self.fail("block parameters are written as |name| or as |item index|")
        self._at += 1
        return tuple(names)

    def done(self) -> None:
        """Nothing may follow."""
        if self._peek().kind != "end":
            self.fail(f"{self._peek().text.strip()[:40]!r} cannot stand here")

    def fail(self, message: str, offset: int | None = None) -> NoReturn:
        """Raise the error for the next token, or for an offset in the tag."""
        raise TemplateSyntaxError(message, self.place(offset))

    def _tokenised(self) -> list[_Token]:
        found: list[_Token] = []
        at, text = 0, self._text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                start = at + len(text[at:]) - len(text[at:].lstrip())
                self._unreadable(text, start)
            kind = match.lastgroup
            found.append(_Token(kind, match[kind], match.start(kind)))
            at = match.end()
        found.append(_Token("end", "", len(text)))
        return found

    def _unreadable(self, text: str, start: int) -> NoReturn:
        rest = text[start : start + 20]
        if rest[:1] in {'"', "'"}:
            message = f"this text is never closed: {rest[0]} is missing"
        else:
            message = f"{rest!r} is no Handlebars: write a name, a text in quotes or a number"
        raise TemplateSyntaxError(message, self._ruler.place(self._offset + start))

    def _peek(self) -> _Token:
        return self._tokens[self._at]

    def _pair(self, depth: int) -> tuple[str, Expression]:
        key = self._peek().text.strip("[]")
        self._at += 1
        return key, self.value(depth)

    def _callee(self) -> Path | Literal:
        token = self._peek()
        place = self.place()
        match token.kind:
            case "string":
                value: Path | Literal = Literal(_unquoted(token.text), place)
            case "number":
                number = float(token.text) if "." in token.text else int(token.text)
                value = Literal(number, place)
            case "path" if token.text in _WORDS:
                value = Literal(_WORDS[token.text], place)
            case "path":
                value = _path(token.text, place)
            case "end":
                self.fail("something is missing here: write a name or a value")
            case _:
                self.fail(f"{token.text[:20]!r} cannot stand here")
        self._at += 1
        return value


def _unquoted(text: str) -> str:
    quote = text[0]
    return text[1:-1].replace("\\" + quote, quote)


def _path(text: str, place: int) -> Path:
    data = text.startswith("@")
    rest = text[1:] if data else text
    depth = 0
    while rest == ".." or rest.startswith("../"):
        depth += 1
        rest = rest[3:]
    scoped = rest in {".", "this"} or rest.startswith(("./", "this.", "this/"))
    if scoped:
        rest = rest[2:] if rest.startswith(".") else rest[5:]
    parts = tuple(
        quoted if quoted or not plain else plain for quoted, plain in _SEGMENT.findall(rest)
    )
    return Path(parts, place, depth, data, scoped)
