"""Whether fabric may be given a canvas: sizes, counts, types and addresses that it can bear."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from renderer.compose.canvas.place import ROOT, Place, refused
from renderer.compose.canvas.properties import NUMBERS, OBJECTS, PICTURES, TYPES
from renderer.compose.names import nearest

__all__ = ["judge", "mentions"]

_MOST_OBJECTS = 5_000
_MOST_VALUES = 500_000
_MOST_TEXT = 100_000
_MOST_PATH = 2_000_000
_LARGEST = 1_000_000
"""Larger lengths (px), positions and factors than any picture can show."""

_PROTOTYPES = frozenset({"__proto__", "constructor", "prototype"})
_ADDRESSES = ("http://", "https://", "//", "data:image/")


def mentions(text: str) -> bool:
    """Whether a text holds an expression or a statement of the template language."""
    return "{{" in text or "{%" in text


def judge(canvas: Mapping[str, Any], *, filled: bool) -> None:
    """Refuse a canvas that fabric should not be given, with the place of what is wrong in it.

    Before it is `filled`, nothing is known of properties that expressions will make.
    """
    _Judge(filled).canvas(canvas)


@dataclass(slots=True)
class _Judge:
    filled: bool
    objects: int = 0
    values: int = 0
    text: int = 0
    path: int = 0

    def canvas(self, canvas: Mapping[str, Any]) -> None:
        if not isinstance(canvas.get("objects", []), list):
            raise refused("objects", "must be a list of objects")
        self._members(canvas, ROOT)

    def _any(self, value: Any, place: Place) -> None:
        self._count("values", 1, _MOST_VALUES, place)
        match value:
            case dict():
                self._members(value, place)
            case list():
                for index, one in enumerate(value):
                    self._any(one, place.at(index))
            case float() if not math.isfinite(value):
                raise refused(place, "must be a number that JSON can hold, and is infinite")
            case _:
                pass

    def _members(self, given: Mapping[str, Any], place: Place) -> None:
        for name, value in given.items():
            here = place.at(name)
            if name in _PROTOTYPES:
                raise refused(here, "is a name that scripts keep for themselves: rename it")
            if name == "objects" and isinstance(value, list):
                for index, one in enumerate(value):
                    self._object(one, here.at(index))
            elif name in OBJECTS and value is not None:
                self._object(value, here)
            else:
                self._property(name, value, here)
                self._any(value, here)

    def _object(self, one: Any, place: Place) -> None:
        self._count("objects", 1, _MOST_OBJECTS, place)
        if not isinstance(one, dict):
            raise refused(place, "must be an object with a type")
        kind = one.get("type")
        if not isinstance(kind, str):
            raise refused(place.at("type"), "must name a type of Fabric, such as rect or Textbox")
        if not self._open(kind) and kind.lower() not in TYPES:
            near = nearest(kind, TYPES)
            hint = f": did you mean {near}?" if near else f": known are {', '.join(sorted(TYPES))}"
            raise refused(place.at("type"), f"is {kind[:40]!r}, which is no type of Fabric{hint}")
        if kind.lower() in {"group", "activeselection"} and not isinstance(
            one.get("objects", []), list
        ):
            raise refused(place.at("objects"), "must be a list of objects")
        self._members(one, place)

    def _property(self, name: str, value: Any, place: Place) -> None:
        if isinstance(value, str):
            if check := _OF_TEXTS.get(name):
                check(self, value, place)
        elif (
            name in NUMBERS
            and isinstance(value, int | float)
            and not -_LARGEST <= value <= (_LARGEST)
        ):
            shown = f"{value:g}" if isinstance(value, float) else str(value)[:40]
            raise refused(place, f"is {shown}: it must lie between -{_LARGEST} and {_LARGEST}")

    def picture(self, address: str, place: Place) -> None:
        """Only what a page may ask for; where that leads to is judged when it is asked for."""
        if not address or self._open(address):
            return
        if not address.strip().lower().startswith(_ADDRESSES):
            raise refused(
                place,
                f"is {address[:60]!r}: name a picture by http://, https:// or data:image/...",
            )

    def words(self, text: str, place: Place) -> None:
        """Fabric measures every letter."""
        self._count("text", len(text), _MOST_TEXT, place)

    def shape(self, text: str, place: Place) -> None:
        """Fabric reads every step of a path."""
        self._count("path", len(text), _MOST_PATH, place)

    def _count(self, what: str, more: int, most: int, place: Place) -> None:
        count = getattr(self, what) + more
        setattr(self, what, count)
        if count > most:
            raise refused(place, f"is too much: a canvas has at most {most} {_UNITS[what]}")

    def _open(self, text: str) -> bool:
        return not self.filled and mentions(text)


_UNITS = {
    "objects": "objects",
    "values": "values",
    "text": "letters in its texts",
    "path": "characters in its paths",
}
_OF_TEXTS: Mapping[str, Callable[[_Judge, str, Place], None]] = {
    **dict.fromkeys(PICTURES, _Judge.picture),
    "text": _Judge.words,
    "path": _Judge.shape,
}
