"""Which of the two languages a source is written in, when nobody says so."""

import re
from typing import Literal

from renderer.compose.handlebars.helpers import HELPERS
from renderer.compose.names import nearest

__all__ = ["Language", "recognised"]

Language = Literal["jinja", "handlebars"]

_STATEMENT = re.compile(r"\{%[-+]?\s*[a-z]+")
_PRINTS = re.compile(r"\{\{\{?(?!\{)(.*?)\}\}", re.DOTALL)
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_PIPE = re.compile(r"(?<!\|)\|(?!\|)")
_NAME = r"[A-Za-z_@][\w@]*"
_BLOCK = re.compile(
    r"\{\{~?(?:[#^/>&]|!--|\s*else\b|\s*\.\.?/|\s*\.\s*~?\}|\s*@\w)|\{\{~|\{\{![^{}]*\s[^{}]*\s[^{}]*\}\}"
)
"""Marks that Jinja has not: blocks, partials, comments, `else`, `../`, `@index`, `~`."""

_RAW = re.compile(r"\{\{\{~?\s*[\w@./\[\]-]+(?:\s[^{}:]*)?\}\}\}")
_CALL = re.compile(
    rf"\s*({_NAME})\s+(?!(?:if|and|or|in|is|not|else)\b)"
    rf"(?:\(|Q|-?\d|\.\./|this\b|{_NAME}(?=[\s=./\[]|$))"
)
"""A helper with arguments behind spaces; quoted texts have become `Q`."""

_LONG = 4
"""Letters from which on a name may be a misspelt helper's."""

_BEFORE_JINJA = frozenset({"not"})
_SEGMENT = re.compile(r"[\w\]]\.\[")
"""`items.[0]`, which no Jinja has."""


def recognised(source: str) -> Language:
    """`jinja` for a source with `{%` or with filters, and for one that is the same in both."""
    if _STATEMENT.search(source):
        return "jinja"
    prints = [_QUOTED.sub("Q", inner) for inner in _PRINTS.findall(source)]
    marked = _BLOCK.search(source) or _RAW.search(source)
    if any(_PIPE.search(inner) and not _is_names(inner) for inner in prints):
        return "jinja"
    if marked or any(_is_call(inner) or _SEGMENT.search(inner) for inner in prints):
        return "handlebars"
    return "jinja"


def _is_names(inner: str) -> bool:
    """`#each items as |item|`: the only pipes that Handlebars has."""
    return bool(re.search(r"\bas\s*\|[^|]*\|\s*~?$", inner))


def _is_call(inner: str) -> bool:
    match = _CALL.match(inner.strip("~"))
    if match is None or match[1] in _BEFORE_JINJA:
        return False
    name = match[1]
    return name in HELPERS or (len(name) >= _LONG and nearest(name, HELPERS) is not None)
