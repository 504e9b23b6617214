"""The nearest known name to one that was misspelt."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["nearest"]

MOST = 500
"""How many known names are looked at, so that hostile data cannot make this slow."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The closest of `known`, letter case aside; None when none is near."""
    folded: dict[str, str] = {}
    for candidate, _ in zip(known, range(MOST), strict=False):
        folded.setdefault(candidate[:100].lower(), candidate)
    close = get_close_matches(name[:100].lower(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None
