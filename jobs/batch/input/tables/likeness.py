"""Which column is probably meant by which variable, judged by their names alone."""

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

__all__ = ["plain", "proposed"]

_LEAST = 0.72
_WORDS = re.compile(r"[^0-9a-z]+")


def plain(name: str) -> str:
    """A name without case, accents, spaces and marks: `Größe (cm)` is `grosse cm` without gaps."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    return _WORDS.sub("", "".join(c for c in folded if not unicodedata.combining(c)))


def proposed(variables: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """Variable -> column, the surest pairs first; each column serves one variable."""
    pairs = [
        (_likeness(plain(variable), plain(column)), variable, column)
        for variable in variables
        for column in columns
        if column
    ]
    found: dict[str, str] = {}
    for likeness, variable, column in sorted(pairs, key=lambda pair: -pair[0]):
        if likeness < _LEAST:
            break
        if variable not in found and column not in found.values():
            found[variable] = column
    return found


def _likeness(one: str, other: str) -> float:
    """From 0 to 1; a name that holds the whole other is nearly as good as the same."""
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    held = 0.75 + 0.2 * len(short) / len(long) if len(short) > 2 and short in long else 0.0
    return max(held, SequenceMatcher(None, one, other).ratio())
