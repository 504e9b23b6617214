"""`_if`: whether an object is there at all."""

import re

from renderer.compose.canvas.judge import mentions
from renderer.compose.handlebars.recognise import recognised

__all__ = ["condition", "holds"]

_ONE = re.compile(r"\s*\{\{\s*((?:(?!\{\{|\}\}).)*?)\s*\}\}\s*", re.DOTALL)
_FALSE = frozenset({"", "0", "false", "none", "null", "undefined", "no", "off"})


def condition(text: str, syntax: str) -> str:
    """A template that prints `1` where the condition holds.

    An expression, with its braces or without; a text with more than one prints what it says.
    """
    whole = _ONE.fullmatch(text)
    if whole is None and mentions(text):
        return text
    expression = whole[1] if whole else text.strip()
    if syntax == "auto":
        syntax = recognised("{{ " + expression + " }}")
    if syntax == "handlebars":
        tested = f"({expression})" if " " in expression and expression[0] != "(" else expression
        return "{{#if " + tested + "}}1{{/if}}"
    return "{{ 1 if (" + expression + ") else 0 }}"


def holds(printed: str) -> bool:
    """Whether what a condition printed means yes."""
    return printed.strip().lower() not in _FALSE
