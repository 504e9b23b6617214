"""The results as an SVG chart: for each case, how many times the naive way's speed."""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from bench.figures import Row

__all__ = ["drawn"]

_WIDTH = 900
_LEFT = 210
_BARS = 520
_LINE = 22
_GAP = 46
_COLOURS = {"ours": "#e2562b", "naive": "#8a8577", "other": "#3d5a80", "re-authored": "#a9b8cc"}


def drawn(rows: Sequence[Row], machine: str) -> str:
    """SVG text: one bar for each contender at its best concurrency; longer is faster."""
    parts: list[str] = []
    top = 64
    for case, members in groupby(rows, key=lambda row: row.case):
        best = _best(list(members))
        parts.append(f'<text x="24" y="{top}" font-weight="700">{escape(case)}</text>')
        longest = max(row.ratio or 0 for row in best)
        for line, row in enumerate(best):
            parts.append(_bar(row, top + 10 + line * _LINE, longest))
        top += _GAP + len(best) * _LINE
    head = (
        '<text x="24" y="30" font-size="17" font-weight="700">Renders a second, as a multiple of '
        "naive Playwright</text>"
    )
    foot = f'<text x="24" y="{top}" font-size="12" fill="#6d685d">{escape(machine)}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{top + 20}" '
        'font-family="Inter, Arial, sans-serif" font-size="14" fill="#1b1a17">'
        f'<rect width="{_WIDTH}" height="{top + 20}" fill="#fff"/>'
        f"{head}{''.join(parts)}{foot}</svg>\n"
    )


def _best(rows: list[Row]) -> list[Row]:
    """The fastest row of each contender, fastest first."""
    best: dict[str, Row] = {}
    for row in rows:
        if row.ratio is not None and row.ratio > (
            best[row.contender].ratio or 0 if row.contender in best else 0
        ):
            best[row.contender] = row
    return sorted(best.values(), key=lambda row: -(row.ratio or 0))


def _bar(row: Row, top: int, longest: float) -> str:
    ratio = row.ratio or 0
    length = max(ratio / longest * _BARS, 2)
    label = f"{ratio:.1f}x, {row.renders_per_second:.1f}/s at {row.at_once} at once"
    name = escape(row.contender) + (" *" if row.likeness != "same" else "")
    return (
        f'<text x="{_LEFT - 10}" y="{top + 14}" text-anchor="end">{name}</text>'
        f'<rect x="{_LEFT}" y="{top + 2}" width="{length:.1f}" height="16" rx="2" '
        f'fill="{_colour(row)}"/>'
        f'<text x="{_LEFT + length + 8:.1f}" y="{top + 14}" font-size="12">{label}</text>'
    )


def _colour(row: Row) -> str:
    if row.contender.startswith("ours"):
        return _COLOURS["ours"]
    if row.contender == "naive":
        return _COLOURS["naive"]
    return _COLOURS["other" if row.likeness == "same" else "re-authored"]
