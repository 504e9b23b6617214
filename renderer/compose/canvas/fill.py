"""A canvas with data in place of its expressions; the objects that are not to be there left out."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from renderer.compose.canvas.bindings import Binding, bindings_of
from renderer.compose.canvas.condition import condition, holds
from renderer.compose.canvas.judge import mentions
from renderer.compose.canvas.place import ROOT, Place, refused
from renderer.compose.canvas.properties import CANVAS, FLAGS, NUMBERS, OBJECTS, PICTURES, TEXTS
from renderer.compose.functions.kinds import text_of

__all__ = ["OURS", "Filler", "Print"]

Print = Callable[[str, Place], str]
"""What a text with expressions prints. Raises JobError with the place."""

OURS = frozenset({"_if", "variableBindings", "_place"})
"""Members that speak to us, and not to fabric."""

_HIDDEN = object()
_NOTHING = object()
_CENTRED_SINCE = 7


@dataclass(frozen=True, slots=True)
class Filler:
    """Fills one canvas with one set of data. `strict`: a bound variable has to have a value."""

    show: Print
    values: Mapping[str, Any]
    syntax: str = "auto"
    strict: bool = False

    def canvas(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What fabric is to load: each object tells its `_place` in `given`."""
        drawn = {name: value for name, value in given.items() if name in CANVAS or name in OURS}
        made: dict[str, Any] = {"objects": []}
        made |= self._members(drawn, ROOT)
        if _major(given.get("version")) < _CENTRED_SINCE:
            _anchor(made)
        return made

    def _value(self, value: Any, place: Place) -> Any:
        match value:
            case str():
                return self.show(value, place) if mentions(value) else value
            case dict():
                return self._members(value, place) if self._is_there(value, place) else _HIDDEN
            case list():
                filled = [self._value(one, place.at(index)) for index, one in enumerate(value)]
                return [one for one in filled if one is not _HIDDEN]
            case _:
                return value

    def _is_there(self, given: Mapping[str, Any], place: Place) -> bool:
        said = given.get("_if")
        if said is None or said == "":
            return True
        if isinstance(said, str):
            return holds(self.show(condition(said, self.syntax), place.at("_if")))
        return bool(said)

    def _members(self, given: Mapping[str, Any], place: Place) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, value in given.items():
            if name in OURS:
                continue
            here = place.at(name)
            filled = self._value(value, here)
            if filled is _HIDDEN:
                continue
            expressed = isinstance(value, str) and mentions(value)
            made[name] = _fitting(name, filled, here) if expressed else filled
        for binding in bindings_of(given, place):
            self._bind(made, binding)
        return _addressed(made, place)

    def _bind(self, made: dict[str, Any], binding: Binding) -> None:
        value = _looked_up(self.values, binding.variable)
        if value is _NOTHING and self.strict:
            told = f"is bound to the variable {binding.variable!r}, which has no value"
            name = binding.variable.partition(".")[0]
            raise refused(binding.place, told, "UNDEFINED_VARIABLE", field=f".{name}")
        if value is _NOTHING or value is None:
            return  # the design shows what it was drawn with
        target: Any = made
        *way, last = binding.steps
        for step in way:
            target = target.get(step) if isinstance(target, dict) else None
        if not isinstance(target, dict):
            told = f"is {binding.path[:80]!r}, and this object has no {way[-1]!r} of its own"
            raise refused(binding.place, f"{told}: bind a property that is there")
        target[last] = _fitting(last, value, binding.place)


def _looked_up(values: Mapping[str, Any], name: str) -> Any:
    if name in values:
        return values[name]
    found: Any = values
    for step in name.split("."):
        if not isinstance(found, Mapping) or step not in found:
            return _NOTHING
        found = found[step]
    return found


def _fitting(name: str, value: Any, place: Place) -> Any:
    """The value in the kind that the property is of. Raises JobError for what is no number."""
    if name in NUMBERS and not _is_number(value):
        return _number(value, place)
    if name in FLAGS and not isinstance(value, bool):
        return holds(text_of(value))
    if name in TEXTS and not isinstance(value, str):
        return text_of(value)
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Any, place: Place) -> float:
    try:
        number = float(text_of(value).strip())
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise refused(
            place, f"must become a number, and is {text_of(value)[:40]!r} with these data"
        )
    return number


def _addressed(made: dict[str, Any], place: Place) -> dict[str, Any]:
    """Pictures as an address that may be looked at by filters, and the name of the place."""
    for name in PICTURES & made.keys():
        address = made[name]
        if isinstance(address, str) and address.lstrip().startswith("<svg"):
            made[name] = "data:image/svg+xml," + quote(address.strip())
        made["crossOrigin"] = "anonymous"
    if "type" in made:
        made["_place"] = str(place)
    return made


def _major(version: Any) -> int:
    digits = str(version or "").partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 4 else 0


def _anchor(value: Any) -> None:
    """Until Fabric 7 an object without an origin hung by its left top corner."""
    if isinstance(value, list):
        for one in value:
            _anchor(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name == "objects" and isinstance(one, list):
                _hang(one)
            elif name in OBJECTS:
                _hang([one])
            _anchor(one)


def _hang(objects: list[Any]) -> None:
    for one in objects:
        if isinstance(one, dict):
            one.setdefault("originX", "left")
            one.setdefault("originY", "top")
