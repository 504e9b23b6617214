"""Which rows are shown first: the longest, the shortest and the strangest."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["MOST_PROOF", "chosen_rows"]

MOST_PROOF = 60


def chosen_rows(rows: Iterable[tuple[int, Mapping[str, Any]]], count: int) -> list[int]:
    """The numbers of at most `count` rows: a third of each sort, no row twice."""
    measured = [(number, *_measured(variables)) for number, variables in rows]
    by_length = sorted(measured, key=lambda row: (row[1], row[0]))
    by_oddity = sorted(measured, key=lambda row: (-row[2], row[0]))
    sorts = (
        [row[0] for row in reversed(by_length)],
        [row[0] for row in by_length],
        [row[0] for row in by_oddity],
    )
    found: dict[int, None] = {}
    for place in range(len(measured)):
        for order in sorts:
            if len(found) < count:
                found[order[place]] = None
    return sorted(found)


def _measured(variables: Mapping[str, Any]) -> tuple[int, float]:
    """The length of all texts, and how odd they are: what is rare in a layout's own language."""
    texts = [str(value) for value in variables.values() if value is not None]
    length = sum(map(len, texts))
    odd = sum(_oddity(text) for text in texts) + sum(not text.strip() for text in texts)
    return length, odd


def _oddity(text: str) -> float:
    sample = text[:2000]
    words = max(map(len, sample.split()), default=0)
    marks = sum(character in "<>{}&\n\t" for character in sample)
    far = sum(ord(character) > 0x24F for character in sample)
    turned = any(unicodedata.bidirectional(character) in {"R", "AL"} for character in sample)
    return max(0, words - 15) / 5 + marks + far / 2 + 5 * turned
