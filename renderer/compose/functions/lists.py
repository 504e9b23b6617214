"""Functions on lists; most take texts too, as lists of characters."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from renderer.compose.functions.kinds import as_list, is_nothing, text_of
from renderer.compose.functions.row import Function

__all__ = ["LISTS", "member"]


def member(item: Any, path: Any) -> Any:
    """The member of an object at a dotted path; None where there is none. Never an attribute."""
    for step in text_of(path).split("."):
        if isinstance(item, Mapping):
            item = item.get(step)
        elif isinstance(item, list | tuple) and step.lstrip("-").isdigit():
            item = item[int(step)] if -len(item) <= int(step) < len(item) else None
        else:
            return None
    return item


def _sequence(value: Any) -> Any:
    """Something that can be sliced: a text as it is, everything else as a list."""
    return value if isinstance(value, str) else as_list(value)


def length(value: Any) -> int:
    """How many characters, members or names; 0 for nothing, the digits of a number."""
    if is_nothing(value):
        return 0
    return len(value) if hasattr(value, "__len__") else len(text_of(value))


def contains(value: Any, needle: Any) -> bool:
    """The text holds the text, the list the member, the object the name."""
    if is_nothing(value):
        return False
    return text_of(needle) in value if isinstance(value, str) else needle in value


def first(value: Any) -> Any:
    """The first member, nothing of an empty list."""
    return next(iter(_sequence(value)), None)


def last(value: Any) -> Any:
    """The last member, nothing of an empty list."""
    return next(iter(_sequence(value)[-1:]), None)


def index_of(value: Any, needle: Any) -> int:
    """The position of the first match from 0; -1 when there is none."""
    if isinstance(value, str):
        return value.find(text_of(needle))
    members = as_list(value)
    return members.index(needle) if needle in members else -1


def join(value: Any, separator: Any = ", ", attribute: Any = None) -> str:
    """The members as one text. `attribute` names a member of each object to take instead."""
    members = list(value) if isinstance(value, str) else as_list(value)
    if attribute is not None:
        members = [member(item, attribute) for item in members]
    if any(isinstance(item, Markup) for item in (separator, *members)):
        return Markup(escape(separator)).join(  # noqa: S704 - escaped in the same breath
            item if isinstance(item, Markup) else text_of(item) for item in members
        )
    return text_of(separator).join(text_of(item) for item in members)


def slice_(value: Any, start: int = 0, end: int | None = None) -> Any:
    """The members from `start` up to but without `end`."""
    return _sequence(value)[int(start) : None if end is None else int(end)]


LISTS = (
    Function("length", length, "length(value)", "Characters, members or names",
             "length('four')", "4"),
    Function("contains", contains, "contains(value, needle)",
             "The text, list or object holds it", "contains(['S', 'M'], 'M')", "true"),
    Function("first", first, "first(list)", "The first member", "first([7, 8, 9])", "7"),
    Function("last", last, "last(list)", "The last member", "last([7, 8, 9])", "9"),
    Function("indexOf", index_of, "indexOf(value, needle)",
             "Its position from 0, or -1", "indexOf('platen', 't')", "3"),
    Function("join", join, "join(list, separator = ', ', attribute?)",
             "One text; `attribute` takes that member of each object",
             "join([{'n': 'Ann'}, {'n': 'Bo'}], ' & ', 'n')", "Ann &amp; Bo"),
    Function("slice", slice_, "slice(value, start, end?)",
             "From `start` up to but without `end`", "slice('rendering', 0, 6)", "render"),
)  # fmt: skip
