"""Paths into JSON data: `stargazers_count`, `items[0].name`, `items.length`, `a["odd name"]`.

A leading `$` or `$.` is the data itself. `length` counts a list's entries, a text's characters or
an object's members, unless the object has a member of that name.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

__all__ = ["MISSING", "PathError", "available_paths", "parse_path", "value_at"]

_STEP = re.compile(
    r"""\.?(?P<name>[^.\[\]"'\s][^.\[\]"']*)"""
    r"""|\[(?P<index>\d{1,9})\]"""
    r"""|\["(?P<double>[^"]*)"\]"""
    r"""|\['(?P<single>[^']*)'\]"""
)
_PLAIN = re.compile(r"""[^.\[\]"'\s](?:[^.\[\]"']*[^.\[\]"'\s])?""")
"""A name that needs no quotes: space at its ends would be lost."""
_LONGEST = 500
_MOST_STEPS = 32
_MOST_PATHS = 200
_DEEPEST = 8


class PathError(ValueError):
    """The text is no path; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class _Missing:
    """The type of MISSING."""


MISSING: Final = _Missing()
"""What stands at a path that leads nowhere; JSON's null is None."""

Step = str | int


@lru_cache(maxsize=4096)
def parse_path(text: str) -> tuple[Step, ...]:
    """The steps of a path, none for the data itself. Raises PathError."""
    rest = text.strip()
    if not rest or len(rest) > _LONGEST:
        raise PathError(f"must be a path of 1 to {_LONGEST} characters, such as items[0].name")
    if rest.startswith("$"):
        rest = rest[1:].removeprefix(".")
    steps: list[Step] = []
    place = 0
    while place < len(rest):
        found = _STEP.match(rest, place)
        if found is None or (found["name"] is not None and (rest[place] != ".") == bool(steps)):
            raise PathError(
                f"is no path from its character {len(text) - len(rest) + place + 1} on: write it "
                'as items[0].name, items.length or a["odd name"]'
            )
        steps.append(_step(found))
        place = found.end()
    if len(steps) > _MOST_STEPS:
        raise PathError(f"has {len(steps)} steps, and a path may have {_MOST_STEPS}")
    return tuple(steps)


def _step(found: re.Match[str]) -> Step:
    if found["index"] is not None:
        return int(found["index"])
    for kind in ("double", "single"):
        if found[kind] is not None:
            return found[kind]
    return found["name"].rstrip()


def value_at(data: Any, steps: tuple[Step, ...]) -> Any:
    """What stands there, MISSING if nothing does."""
    for step in steps:
        data = _child(data, step)
        if data is MISSING:
            break
    return data


def _child(data: Any, step: Step) -> Any:
    if isinstance(data, dict):
        if str(step) in data:
            return data[str(step)]
    elif isinstance(data, list):
        index = int(step) if isinstance(step, int) or step.isdecimal() else -1
        if 0 <= index < len(data):
            return data[index]
    if step == "length" and isinstance(data, (list, dict, str)):
        return len(data)
    return MISSING


def available_paths(data: Any) -> list[str]:
    """Paths that lead to something, at most 200; of a list its length and its first entry."""
    found: list[str] = []
    for path in _walked("", data, 0):
        if len(found) >= _MOST_PATHS:
            break
        found.append(path)
    return found


def _walked(path: str, data: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(data, Mapping):
        for name, child in data.items():
            yield from _walked(_joined(path, str(name)), child, depth + 1)
    elif isinstance(data, list):
        yield f"{path}.length" if path else "$.length"
        for child in data[:1]:
            yield from _walked(f"{path or '$'}[0]", child, depth + 1)
    elif len(path) <= _LONGEST:
        yield path or "$"


def _joined(path: str, name: str) -> str:
    if _PLAIN.fullmatch(name) and not name.startswith("$"):
        return f"{path}.{name}" if path else name
    quote = "'" if '"' in name else '"'
    return f"{path}[{quote}{name}{quote}]"
