"""Two texts compared by lines, in time that no text can stretch.

Lines that both texts hold exactly once are anchors (the longest rising row of them, as in patience
diff); between anchors difflib looks at small pieces, and a large piece counts as replaced.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

__all__ = ["Hunk", "Line", "SourceDiff", "diff_sources"]

_CONTEXT = 3
_MOST_CELLS = 40_000
"""Lines times lines of a piece that difflib, which is cubic at its worst, may look at."""

_MOST_PIECES = 100

Op = Literal["same", "removed", "added"]
_Block = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its numbers, from 1, in the texts that hold it."""

    op: Op
    text: str
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Hunk:
    """Changed lines with three lines around them."""

    lines: tuple[Line, ...]

    @property
    def head(self) -> str:
        """The hunk's first line in a unified diff: `@@ -3,7 +3,8 @@`."""
        return f"@@ -{self._range('before')} +{self._range('after')} @@"

    def _range(self, side: Literal["before", "after"]) -> str:
        numbers = [number for line in self.lines if (number := getattr(line, side)) is not None]
        return f"{numbers[0]},{len(numbers)}" if numbers else "0,0"


@dataclass(frozen=True, slots=True)
class SourceDiff:
    """How one text became another."""

    hunks: tuple[Hunk, ...]
    added: int
    removed: int

    def unified(self, before: str, after: str) -> str:
        """As `diff -u` writes it; nothing when the texts are the same."""
        if not self.hunks:
            return ""
        marks: dict[Op, str] = {"same": " ", "removed": "-", "added": "+"}
        rows = [f"--- {before}", f"+++ {after}"]
        for hunk in self.hunks:
            rows.append(hunk.head)
            rows += [marks[line.op] + line.text for line in hunk.lines]
        return "\n".join(rows) + "\n"


_Code = tuple[Literal["replace", "delete", "insert", "equal"], int, int, int, int]


class _Matcher(SequenceMatcher[str]):
    """difflib's grouping of changes over our own, bounded, matching."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        super().__init__(None, "", "")  # its own index over the texts would be of no use
        self._old, self._new = old, new

    def get_opcodes(self) -> list[_Code]:
        codes: list[_Code] = []
        a = b = 0
        for start, other, size in [
            *_blocks(self._old, self._new),
            (len(self._old), len(self._new), 0),
        ]:
            if a < start or b < other:
                kind = "replace" if a < start and b < other else "delete" if a < start else "insert"
                codes.append((kind, a, start, b, other))
            if size:
                codes.append(("equal", start, start + size, other, other + size))
            a, b = start + size, other + size
        return codes


def diff_sources(before: str, after: str) -> SourceDiff:
    """The changes from `before` to `after`. Linear in the texts' sizes but for sorting."""
    old, new = before.split("\n"), after.split("\n")
    if old == new:
        return SourceDiff((), 0, 0)
    hunks = tuple(
        Hunk(tuple(line for code in group for line in _lines(code, old, new)))
        for group in _Matcher(old, new).get_grouped_opcodes(_CONTEXT)
    )
    every = Counter(line.op for hunk in hunks for line in hunk.lines)
    return SourceDiff(hunks, every["added"], every["removed"])


def _lines(
    code: tuple[str, int, int, int, int], old: Sequence[str], new: Sequence[str]
) -> Iterator[Line]:
    kind, start, end, other, last = code
    if kind == "equal":
        for offset in range(end - start):
            yield Line("same", old[start + offset], start + offset + 1, other + offset + 1)
        return
    for number in range(start, end):
        yield Line("removed", old[number], before=number + 1)
    for number in range(other, last):
        yield Line("added", new[number], after=number + 1)


def _blocks(old: Sequence[str], new: Sequence[str]) -> list[_Block]:
    """Runs of equal lines, in order: where in `old`, where in `new`, how many."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    blocks = [(0, 0, start)] if start else []
    a, b, pieces = start, start, 0
    for anchor, other in [
        *_anchors(old, new, start, end),
        (len(old) - end, len(new) - end),
    ]:
        small = 0 < (anchor - a) * (other - b) <= _MOST_CELLS
        if small and pieces < _MOST_PIECES:
            pieces += 1
            blocks += _by_difflib(old[a:anchor], new[b:other], a, b)
        if anchor < len(old) - end:
            blocks.append((anchor, other, 1))
        a, b = anchor + 1, other + 1
    if end:
        blocks.append((len(old) - end, len(new) - end, end))
    return _joined(blocks)


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many lines are the same from the start."""
    for index, (one, other) in enumerate(zip(old, new, strict=False)):
        if one != other:
            return index
    return min(len(old), len(new))


def _anchors(old: Sequence[str], new: Sequence[str], start: int, end: int) -> list[tuple[int, int]]:
    """Lines that are there once in each, in the longest row that rises in both."""
    left, right = old[start : len(old) - end], new[start : len(new) - end]
    once, other = Counter(left), Counter(right)
    places = {text: index for index, text in enumerate(right) if other[text] == 1}
    pairs = [
        (index, places[text])
        for index, text in enumerate(left)
        if once[text] == 1 and text in places
    ]
    return [(start + a, start + b) for a, b in _rising(pairs)]


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run whose second numbers rise, too (patience sorting)."""
    tops: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, (_, place) in enumerate(pairs):
        pile = bisect_left(tops, place)
        before.append(last[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(place)
            last.append(index)
        else:
            tops[pile], last[pile] = place, index
    chosen: list[tuple[int, int]] = []
    index = last[-1] if last else -1
    while index >= 0:
        chosen.append(pairs[index])
        index = before[index]
    return chosen[::-1]


def _by_difflib(old: Sequence[str], new: Sequence[str], a: int, b: int) -> list[_Block]:
    found = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return [(a + block.a, b + block.b, block.size) for block in found if block.size]


def _joined(blocks: Sequence[_Block]) -> list[_Block]:
    """Blocks that follow each other in both texts, as one."""
    joined: list[_Block] = []
    for start, other, size in blocks:
        if joined:
            a, b, length = joined[-1]
            if (a + length, b + length) == (start, other):
                joined[-1] = (a, b, length + size)
                continue
        joined.append((start, other, size))
    return joined
