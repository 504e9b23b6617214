"""Functions on texts. Positions count characters from 0; negative ones count from the end."""

import re
from typing import Any

from markupsafe import Markup, escape

from renderer.compose.functions.kinds import text_of
from renderer.compose.functions.row import Function

__all__ = ["TEXT"]

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def _like(model: Any, text: str) -> str:
    """Keep what was markup markup, so that it is not escaped a second time."""
    return Markup(text) if isinstance(model, Markup) else text  # noqa: S704 - it was markup already


def lowercase(value: Any) -> str:
    """In small letters."""
    return text_of(value).lower()


def uppercase(value: Any) -> str:
    """In capital letters."""
    return text_of(value).upper()


def capitalize(value: Any) -> str:
    """The first letter as a capital, the others as they are."""
    text = text_of(value)
    return text[:1].upper() + text[1:]


def title_case(value: Any) -> str:
    """Each word with a capital first and small letters after."""
    text = text_of(value)
    return _like(text, _WORD.sub(lambda word: word[0][:1].upper() + word[0][1:].lower(), text))


def trim(value: Any, characters: str | None = None) -> str:
    """Without white space (or `characters`) at both ends."""
    return text_of(value).strip(characters)


def truncate(
    value: Any, length: int = 255, suffix: Any = "…", end: str | None = None, **_jinja: Any
) -> str:
    """At most `length` characters, the suffix included, cut at the end of a word if one is near.

    Jinja's own `truncate(length, killwords, end)` is understood as well.
    """
    text, size = text_of(value), max(0, int(length))
    tail = end if end is not None else ("…" if isinstance(suffix, bool) else text_of(suffix))
    if len(text) <= size:
        return text
    head = text[: max(0, size - len(tail))]
    space = head.rfind(" ")
    if space >= len(head) / 2 and not text[len(head)].isspace():
        head = head[:space]
    return head.rstrip() + tail


def _padding(text: str, length: int, fill: Any) -> str:
    missing = int(length) - len(text)
    pad = text_of(fill) or " "
    return (pad * (missing // len(pad) + 1))[:missing] if missing > 0 else ""


def pad_start(value: Any, length: int, fill: Any = " ") -> str:
    """Filled up in front to `length` characters."""
    text = text_of(value)
    return _padding(text, length, fill) + text


def pad_end(value: Any, length: int, fill: Any = " ") -> str:
    """Filled up behind to `length` characters."""
    text = text_of(value)
    return text + _padding(text, length, fill)


def replace(value: Any, old: Any, new: Any = "", count: int = -1) -> str:
    """Every occurrence of `old` (or the first `count`) replaced by `new`."""
    text, wanted = text_of(value), text_of(old)
    if not wanted:
        return text
    if isinstance(text, Markup):
        return text.replace(str(escape(wanted)), text_of(new), count)
    return text.replace(wanted, text_of(new), count)


def split(value: Any, separator: Any = None, limit: int = -1) -> list[str]:
    """The parts between separators; without one, the words; with '', the characters."""
    text = text_of(value)
    if separator is None:
        return text.split(None, limit)
    if separator == "":
        return list(text)
    return text.split(text_of(separator), limit) if text else []


def starts_with(value: Any, start: Any) -> bool:
    """The text begins with `start`."""
    return text_of(value).startswith(text_of(start))


def ends_with(value: Any, end: Any) -> bool:
    """The text ends with `end`."""
    return text_of(value).endswith(text_of(end))


TEXT = (
    Function("lowercase", lowercase, "lowercase(text)", "Small letters",
             "lowercase('ÀBC')", "àbc"),
    Function("uppercase", uppercase, "uppercase(text)", "Capital letters",
             "uppercase('straße')", "STRASSE"),
    Function("capitalize", capitalize, "capitalize(text)",
             "A capital first; the rest stays as it is", "capitalize('new in Rome')",
             "New in Rome"),
    Function("titleCase", title_case, "titleCase(text)", "A capital in front of each word",
             "titleCase(\"the cat's whiskers\")", "The Cat&#39;s Whiskers"),
    Function("trim", trim, "trim(text, characters?)", "No white space at the ends",
             "trim('  a b ')", "a b"),
    Function("truncate", truncate, "truncate(text, length = 255, suffix = '…')",
             "At most `length` characters with the suffix, cut between words where it can",
             "truncate('A long description', 10, '...')", "A long..."),
    Function("padStart", pad_start, "padStart(text, length, fill = ' ')",
             "Filled up in front", "padStart(42, 5, '0')", "00042"),
    Function("padEnd", pad_end, "padEnd(text, length, fill = ' ')",
             "Filled up behind", "padEnd('A', 3, '-')", "A--"),
    Function("replace", replace, "replace(text, old, new, count?)",
             "Every occurrence replaced", "replace('2-3-4', '-', '/')", "2/3/4"),
    Function("split", split, "split(text, separator?)", "A list of the parts",
             "split('a,b,c', ',') | join(' + ')", "a + b + c"),
    Function("startsWith", starts_with, "startsWith(text, start)", "It begins so",
             "startsWith('Platen', 'Pla')", "true"),
    Function("endsWith", ends_with, "endsWith(text, end)", "It ends so",
             "endsWith('a.png', '.png')", "true"),
)  # fmt: skip
