"""What files are called in an archive: by the batch's pattern, safe everywhere, each name once."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from core.leaving import file_name

__all__ = ["Names", "names_in"]

DEFAULT = "{index:5}"
_OWN = {"index", "row", "layout", "format"}
_PLACE = re.compile(r"\{\{?\s*([^{}:]{1,200}?)\s*(?::0?([1-9]))?\s*\}?\}")
_APART = re.compile(r"[/\\]")


def names_in(pattern: str) -> set[str]:
    """What stands in the braces of a pattern and is of a row, not of the item itself."""
    return {found[1] for found in _PLACE.finditer(pattern)} - _OWN


class Names:
    """The names of one archive. Equal ones, also those that differ in case alone, get `-2`, `-3`.

    `{variable}` stands for a row's value; `{index}`, `{row}`, `{layout}` and `{format}` for the
    item's own; `{index:4}` has four digits. A `/` of the pattern makes a folder, one in a value
    does not.
    """

    def __init__(self, pattern: str | None, *, layouts: int = 1) -> None:
        self._pattern = pattern or (f"{DEFAULT}-{{layout}}" if layouts > 1 else DEFAULT)
        self._taken: set[int] = set()  # hashes: a third of the memory of the names themselves
        self._last: dict[int, int] = {}

    def take(self, own: Mapping[str, Any], variables: Mapping[str, Any], extension: str) -> str:
        """The next name. `own`: index, row, layout and format of the item."""
        asked = [self._filled(part, own, variables) for part in self._pattern.split("/")]
        safe = [file_name(part, "") for part in asked]
        parts = [part for part in safe if part] or [f"{own['index']:05}"]
        stem = "/".join(parts)
        if stem.lower().endswith(f".{extension}"):
            stem = stem[: -len(extension) - 1]
        return self._once(stem, extension)

    def _once(self, stem: str, extension: str) -> str:
        name = f"{stem}.{extension}"
        base = hash(name.casefold())
        number = self._last.get(base, 1)
        while hash(name.casefold()) in self._taken:
            number += 1
            name = f"{stem}-{number}.{extension}"
        if number > 1:
            self._last[base] = number
        self._taken.add(hash(name.casefold()))
        return str(PurePosixPath(name))

    @staticmethod
    def _filled(part: str, own: Mapping[str, Any], variables: Mapping[str, Any]) -> str:
        def value(found: re.Match[str]) -> str:
            name, digits = found[1], found[2]
            given = own[name] if name in own else variables.get(name)
            if digits and isinstance(given, int):
                return f"{given:0{digits}}"
            text = "" if given is None else str(given)
            return _APART.sub("-", text).strip(". ")

        return _PLACE.sub(value, part)
