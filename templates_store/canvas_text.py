"""A canvas as the text that is kept: JSON in lines, so that versions can be compared."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["canvas_of", "canvas_text"]


def canvas_text(canvas: Mapping[str, Any]) -> str:
    """One member a line; lists of plain values (a path's steps, a dash) stay in one line."""
    return "".join(_lines(canvas, "\n"))


def canvas_of(text: str) -> dict[str, Any]:
    """The canvas again."""
    return json.loads(text)


def _lines(value: Any, end: str) -> Iterator[str]:
    within = end + " "
    if isinstance(value, Mapping) and value:
        pairs = ((f"{_plain(str(name))}: ", one) for name, one in value.items())
        yield from _block("{}", pairs, end, within)
    elif isinstance(value, list) and any(isinstance(one, Mapping | list) for one in value):
        yield from _block("[]", (("", one) for one in value), end, within)
    else:
        yield _plain(value)


def _block(ends: str, members: Iterator[tuple[str, Any]], end: str, within: str) -> Iterator[str]:
    yield ends[0]
    for index, (name, one) in enumerate(members):
        yield ("," if index else "") + within + name
        yield from _lines(one, within)
    yield end + ends[1]


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
