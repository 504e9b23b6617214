"""From what Jinja or an expression raised to an error in words, with its place in the source."""

import re
from collections.abc import Iterable
from types import TracebackType
from typing import Any

from jinja2 import TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError

from renderer.compose.arithmetic import LimitError
from renderer.compose.assets import UnknownAssetError
from renderer.compose.names import nearest
from renderer.compose.partials import PARTIALS
from renderer.compose.placed import PlacedError
from renderer.compose.places import unpack_place
from renderer.jail_child.call import JobError

__all__ = ["problem"]

_SNIPPET = 120
_TAGS = ("for", "if", "elif", "else", "endif", "endfor", "set", "endset", "macro", "endmacro",
         "block", "endblock", "raw", "endraw", "with", "endwith", "filter", "endfilter", "call",
         "endcall", "do", "break", "continue")  # fmt: skip
_UNKNOWN_TAG = re.compile(r"unknown tag '([^']*)'")
_UNDEFINED = re.compile(r"'([^']*)' is undefined|has no attribute '([^']*)'")


_SIDE_BY_SIDE = re.compile(r"expected token 'end of print statement', got '\w")
_HELPER = (
    ". Two values stand side by side: put an operator or a | between them. A helper with arguments "
    "behind spaces ({{name value}}) has to be one of the documented functions"
)


def _place_in(trace: TracebackType | None) -> tuple[int | None, str]:
    """The place of the innermost template frame, and the partial's name that it is in."""
    place, partial = None, ""
    while trace is not None:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        if template is not None:
            place = template.get_corresponding_lineno(trace.tb_lineno)
            partial = template.name or ""
        trace = trace.tb_next
    return (place if place is not None and place > 1 else None), partial


def _snippet(source: str, line: int, column: int) -> str:
    """The line's text, or the part of it around the column when it is long."""
    lines = source.split("\n")
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    start = max(0, column - _SNIPPET // 2) if len(text) > _SNIPPET else 0
    return text[start : start + _SNIPPET].strip()


def _error(
    code: str, message: str, place: int | None, source: str, suggestion: str | None = None
) -> JobError:
    facts: dict[str, Any] = {"suggestion": suggestion} if suggestion else {}
    text = message[:1].upper() + message[1:]
    if place is None:
        return JobError(code, text, **facts)
    line, column = unpack_place(place)
    snippet = _snippet(source, line, column)
    facts |= {"line": line, "column": column, "snippet": snippet}
    stop = "" if text.endswith((".", "?", "!")) else "."
    return JobError(code, f"Line {line}, column {column}: {text}{stop} In: {snippet}", **facts)


def _syntax(error: TemplateSyntaxError, source: str) -> JobError:
    message = error.message or "the template cannot be read"
    suggestion = getattr(error, "suggestion", None)
    if tag := _UNKNOWN_TAG.search(message):
        suggestion = nearest(tag[1], _TAGS)
        hint = f" Did you mean {suggestion!r}?" if suggestion else ""
        message = f"there is no tag {tag[1]!r}.{hint}"
    elif _SIDE_BY_SIDE.match(message):
        message += _HELPER
    return _error("template_syntax_error", message, error.lineno, source, suggestion)


def _undefined(
    error: UndefinedError, place: int | None, source: str, known: Iterable[str]
) -> JobError:
    match = _UNDEFINED.search(str(error))
    name = (match[1] or match[2]) if match else ""
    suggestion = nearest(name, known) if name else None
    hint = f" Did you mean {suggestion!r}?" if suggestion else ""
    text = f"the variable {name!r} has no value.{hint}" if name else str(error)
    told = _error("UNDEFINED_VARIABLE", text, place, source, suggestion)
    # A member is told without the way to it, so only the whole can be named.
    told.facts["field"] = f".{match[1]}" if match and match[1] else ""
    return told


_OTHERS: tuple[tuple[type[Exception], str, str], ...] = (
    (SecurityError, "template_security_error", ""),
    (UnknownAssetError, "asset_not_found", ""),
    (LimitError, "template_limit_exceeded", ""),
    (RecursionError, "template_limit_exceeded", "the template calls itself, or nests, too deeply"),
    (OverflowError, "template_limit_exceeded", ""),
    (MemoryError, "memory", "the template needs too much memory"),
    (Exception, "expression_error", ""),
)
"""What was raised -> the error's code, and its text where its own is not for people."""


def problem(error: Exception, source: str, known: Iterable[str] = ()) -> JobError:
    """The error for the caller; `known` are the names of the variables that were sent."""
    if isinstance(error, JobError):
        return error
    if isinstance(error, TemplateSyntaxError):
        return _syntax(error, source)
    place, partial = _place_in(error.__traceback__)
    if isinstance(error, PlacedError):
        place, partial = error.place, error.partial
        cause = error.__cause__
        error = cause if isinstance(cause, Exception) else error
    if isinstance(error, TemplateNotFound):
        text = f"there is no partial {error.name!r}: its version was stored without it"
        return _error("template_syntax_error", text, place, source)
    if partial in PARTIALS.get():
        source = PARTIALS.get()[partial]
    if isinstance(error, UndefinedError) and not isinstance(error, SecurityError):
        return _undefined(error, place, source, known)
    code, text = next((code, text) for kind, code, text in _OTHERS if isinstance(error, kind))
    suggestion = getattr(error, "suggestion", None)
    return _error(code, text or str(error) or type(error).__name__, place, source, suggestion)
