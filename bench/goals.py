"""What we hold ourselves to, and what a run reached of it."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.table import Table

from bench.figures import Row
from bench.table import console

__all__ = ["GOALS", "Goal", "reached_goals", "show_goals"]

_PNG, _JPEG, _BALANCED = "card, PNG", "card, JPEG 85", "card, PNG balanced"
_INSIDE, _HTTP = "ours, in process", "ours, over HTTP"
_EQUAL = 0.10
"""Files count as equally large up to this share of the other's bytes."""


class _Rows:
    """The rows of a run by case, contender and concurrency."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = {(row.case, row.contender, row.at_once): row for row in rows}

    def get(self, case: str, contender: str, at_once: int) -> Row:
        """That row. Raises KeyError when it was not measured."""
        return self._rows[case, contender, at_once]

    def ratio(self, case: str, contender: str, at_once: int) -> float:
        """Against the naive way. Raises KeyError."""
        ratio = self.get(case, contender, at_once).ratio
        if ratio is None:
            raise KeyError(case)
        return ratio

    def against(self, case: str, mine: str, other: str, at_once: int) -> float:
        """Renders/s of one over the other's. Raises KeyError."""
        faster = self.get(case, mine, at_once).renders_per_second
        return faster / self.get(case, other, at_once).renders_per_second


@dataclass(frozen=True, slots=True)
class Goal:
    """`reached` raises KeyError for a run in which it was not measured."""

    text: str
    target: float
    reached: Callable[[_Rows], float]
    at_most: bool = False

    def met(self, value: float) -> bool:
        """Whether this is good enough."""
        return value <= self.target if self.at_most else value >= self.target


def _naive(text: str, target: float, case: str, mine: str, at_once: int) -> Goal:
    label = f"{text}, {at_once} at once, against naive"
    return Goal(label, target, lambda rows: rows.ratio(case, mine, at_once))


def _service(case: str, target: float, peer: str) -> Goal:
    text = f"over HTTP, {case}, 8 at once, against {peer}"
    return Goal(text, target, lambda rows: rows.against(case, _HTTP, peer, 8))


def _processor(rows: _Rows) -> float:
    """CPU-seconds of an artifact over the tuned peer's, in the case with equal bytes."""
    for case in (_BALANCED, _PNG, _JPEG):
        mine, other = rows.get(case, _HTTP, 2), rows.get(case, "puppeteer-cluster", 2)
        if abs(mine.median_bytes / other.median_bytes - 1) <= _EQUAL:
            return mine.cpu_seconds / other.cpu_seconds
    raise KeyError("equal bytes")


def _same_size(rows: _Rows) -> float:
    mine, other = rows.get(_BALANCED, _HTTP, 2), rows.get(_BALANCED, "naive", 2)
    return mine.median_bytes / other.median_bytes


def _overhead(case: str) -> Callable[[_Rows], float]:
    return lambda rows: rows.get(case, _HTTP, 1).p50_ms / rows.get(case, _INSIDE, 1).p50_ms


def _tail(case: str) -> Callable[[_Rows], float]:
    def ratio(rows: _Rows) -> float:
        row = rows.get(case, _HTTP, 32)
        return row.p99_ms / row.p50_ms

    return ratio


GOALS = (
    _naive("in process, card, PNG", 15, _PNG, _INSIDE, 2),
    _naive("in process, card, JPEG", 25, _JPEG, _INSIDE, 2),
    _naive("over HTTP, card, PNG", 13, _PNG, _HTTP, 8),
    _naive("over HTTP, card, JPEG", 20, _JPEG, _HTTP, 8),
    _naive("over HTTP, card, PNG balanced", 9, _BALANCED, _HTTP, 8),
    Goal("bytes of that, against Chromium's own PNG", 1.2, _same_size, at_most=True),
    _service(_PNG, 5, "jsreport"),
    _service(_PNG, 5, "puppeteer-cluster"),
    _service(_JPEG, 8, "jsreport"),
    _service(_JPEG, 8, "puppeteer-cluster"),
    Goal("CPU at equal bytes, against puppeteer-cluster", 0.45, _processor, at_most=True),
    _naive("over HTTP, trace", 8, "trace of 50 workspaces", _HTTP, 8),
    _naive("over HTTP, a page that draws on a canvas", 5, "scripts: canvas, PNG", _HTTP, 8),
    _naive("over HTTP, a page of Chart.js", 3, "scripts: Chart.js, PNG", _HTTP, 8),
    Goal("p50 over HTTP / in process, PNG", 1.2, _overhead(_PNG), at_most=True),
    Goal("p50 over HTTP / in process, JPEG", 1.2, _overhead(_JPEG), at_most=True),
    Goal(
        "in process against satori + resvg, PNG, 2 at once",
        1,
        lambda rows: rows.against(_PNG, _INSIDE, "satori + resvg", 2),
    ),
    Goal(
        "over HTTP against satori + resvg, PNG, 2 at once",
        1,
        lambda rows: rows.against(_PNG, _HTTP, "satori + resvg", 2),
    ),
    Goal("p99 / p50 over HTTP, PNG, 32 at once", 3, _tail(_PNG), at_most=True),
    Goal("p99 / p50 over HTTP, JPEG, 32 at once", 3, _tail(_JPEG), at_most=True),
)


def reached_goals(rows: Sequence[Row]) -> list[tuple[Goal, float]]:
    """Those that this run measured, each with what it came to."""
    known, found = _Rows(rows), list[tuple[Goal, float]]()
    for goal in GOALS:
        with contextlib.suppress(KeyError):
            found.append((goal, goal.reached(known)))
    return found


def show_goals(rows: Sequence[Row]) -> None:
    """Print what was measured in this run, if anything was."""
    if not (reached := reached_goals(rows)):
        return
    table = Table(title="What we hold ourselves to", pad_edge=False)
    for heading in ("", "goal", "reached"):
        table.add_column(heading, justify="right" if heading else "left")
    for goal, value in reached:
        colour = "green" if goal.met(value) else "red"
        sign = "<=" if goal.at_most else ">="
        table.add_row(goal.text, f"{sign} {goal.target:g}x", f"[{colour}]{value:.2f}x")
    console().print(table)
