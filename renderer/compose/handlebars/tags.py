"""A source cut into texts and tags, with the white space that tags take away already gone.

The rules are those of Handlebars 4: `~` takes all white space on its side, and a tag that opens,
turns or closes a block, a comment or a partial alone on its line takes that line with it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import TemplateSyntaxError

from renderer.compose.places import Ruler

__all__ = ["Tag", "tags"]

_OPEN = re.compile(r"(\\*)(\{\{\{\{(?!/)|\{\{)")
_COMMENT = re.compile(r"\{\{(~?)!(?:--.*?--|(?!--).*?)(~?)\}\}", re.DOTALL)
_RAW = re.compile(r"\{\{\{\{\s*([^\s}]+)[^}]*\}\}\}\}(.*?)\{\{\{\{/\1\}\}\}\}", re.DOTALL)
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|\[[^\]]*\]", re.DOTALL)
_KINDS = ("#>", "#*", "#", "/", "^", ">", "&")
_LINE_BEFORE = re.compile(r"\r?\n[^\S\n]*$")
_START_BEFORE = re.compile(r"(?:^|\r?\n)[^\S\n]*$")
_LINE_AFTER = re.compile(r"^[^\S\n]*\r?\n")
_END_AFTER = re.compile(r"^[^\S\n]*(?:\r?\n|$)")
_ALONE = frozenset({"#", "#>", "#*", "/", "^", "else", ">", "!"})
"""Kinds that take their line with them when they stand alone on it."""


@dataclass(slots=True)
class Tag:
    """A text (`kind` "text"), or what stands between braces, without marks and `~`.

    `kind`: `print`, `raw` (three braces), `!` or one of `_KINDS`, `else`. `offset` is where
    `inner` begins in the source. `indent`: white space in front of a partial alone on its line.
    """

    kind: str
    inner: str
    offset: int
    before: bool = False
    after: bool = False
    indent: str = ""


def tags(source: str) -> list[Tag]:
    """All texts and tags in order. Raises TemplateSyntaxError with a place."""
    found = list(_cut(source))
    _take_white_space(found)
    return [tag for tag in found if tag.kind != "!" and (tag.kind != "text" or tag.inner)]


def _cut(source: str) -> Iterator[Tag]:
    at = 0
    pending = ""
    while match := _OPEN.search(source, at):
        slashes, mark = match.groups()
        pending += source[at : match.start()]
        if len(slashes) == 1:
            pending += mark  # \{{x}} prints {{x}}
            at = match.end()
            continue
        if slashes:
            pending += slashes[:-1]
        start = match.end() - len(mark)
        if pending:
            yield Tag("text", pending, start)
            pending = ""
        tag, at = _raw_block(source, start) if len(mark) == 4 else _tag(source, start)
        yield tag
    if pending + source[at:]:
        yield Tag("text", pending + source[at:], at)


def _raw_block(source: str, start: int) -> tuple[Tag, int]:
    match = _RAW.match(source, start)
    if match is None:
        raise TemplateSyntaxError(
            "this raw block is never closed: end it with {{{{/name}}}}", Ruler(source).place(start)
        )
    return Tag("text", match[2], start), match.end()


def _tag(source: str, start: int) -> tuple[Tag, int]:
    comment = _COMMENT.match(source, start)
    if comment:
        return Tag("!", "", start, bool(comment[1]), bool(comment[2])), comment.end()
    inside = start + 2
    three = source.startswith("{", inside)
    before = source.startswith("~", inside)
    inside += three or before
    if before and source.startswith("{", inside):
        three, inside = True, inside + 1
    end, last = _end(source, start, inside, "}}}" if three else "}}")
    after = source[end - 1] == "~" if end > inside else False
    if three and source.startswith("~}}", end + 1):  # {{{x}~}}
        after, last = True, end + 4
    inner = source[inside : end - (1 if after and source[end - 1] == "~" else 0)]
    kind, inner, offset = _kind(inner, inside)
    return Tag("raw" if three or kind == "&" else kind, inner, offset, before, after), last


def _end(source: str, start: int, inside: int, mark: str) -> tuple[int, int]:
    """Where the tag's inner part ends, and where the tag does; quoted marks do not count."""
    at = inside
    while at < len(source):
        quoted = _QUOTED.match(source, at)
        if quoted:
            at = quoted.end()
        elif source.startswith(mark, at):
            return at, at + len(mark)
        elif mark == "}}}" and source.startswith("}~}}", at):
            return at, at + 4
        elif source.startswith("{{", at):
            break
        else:
            at += 1
    raise TemplateSyntaxError(
        f"this tag is never closed: {mark} is missing", Ruler(source).place(start)
    )


def _kind(inner: str, offset: int) -> tuple[str, str, int]:
    for kind in _KINDS:
        if inner.startswith(kind):
            rest = inner[len(kind) :]
            if kind == "^" and not rest.strip():
                return "else", "", offset
            return kind, rest, offset + len(kind)
    words = inner.split(None, 1)
    if words and words[0] == "else":
        at = inner.index("else") + 4
        return "else", inner[at:], offset + at
    return "print", inner, offset


def _take_white_space(found: list[Tag]) -> None:
    texts = [tag.inner if tag.kind == "text" else None for tag in found]
    for index, tag in enumerate(found):
        if tag.kind == "text":
            continue
        previous = found[index - 1] if index and texts[index - 1] is not None else None
        following = found[index + 1] if index + 1 < len(found) else None
        following = following if following and following.kind == "text" else None
        if tag.kind in _ALONE and _alone(texts, index):
            if previous:
                kept = previous.inner.rstrip(" \t")
                tag.indent = previous.inner[len(kept) :] if tag.kind == ">" else ""
                previous.inner = kept
            if following:
                following.inner = re.sub(r"^[ \t]*\r?\n?", "", following.inner, count=1)
        if tag.before and previous:
            previous.inner = previous.inner.rstrip()
        if tag.after and following:
            following.inner = following.inner.lstrip()


def _alone(texts: list[str | None], index: int) -> bool:
    """Whether nothing but white space stands on the tag's line, as the source was written."""
    first, last = index == 0, index == len(texts) - 1
    if not first:
        before = texts[index - 1]
        rule = _START_BEFORE if index == 1 else _LINE_BEFORE
        if before is None or not rule.search(before):
            return False
    if not last:
        after = texts[index + 1]
        rule = _END_AFTER if index == len(texts) - 2 else _LINE_AFTER
        if after is None or not rule.search(after):
            return False
    return True
