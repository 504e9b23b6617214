"""The run as a picture: memory by group, processes, descriptors and files over renders (SVG)."""

from collections.abc import Callable, Sequence
from html import escape

from bench.soak.census import GROUPS
from bench.soak.trend import Trend
from bench.soak.verdict import Point

__all__ = ["plot"]

_WIDTH, _LEFT, _RIGHT, _TOP = 960, 72, 24, 64
_BIG, _LOW, _GAP = 300, 110, 46
_COLOURS = ("#1f4fd8", "#8fb4ff", "#f0a43a", "#4aa36c", "#b0b4bd")
_INK, _GRID = "#22252b", "#e4e6ea"
_LINES = 4


class _Panel:
    """One set of axes; `x` counts renders."""

    def __init__(self, title: str, top: int, height: int, most_x: float, most_y: float) -> None:
        self.top, self.height = top, height
        self._most_x, self._most_y = max(most_x, 1), _round_up(most_y)
        self._title = title

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point lies, in px."""
        inner = _WIDTH - _LEFT - _RIGHT
        return (
            _LEFT + inner * x / self._most_x,
            self.top + self.height * (1 - min(y, self._most_y) / self._most_y),
        )

    def frame(self) -> str:
        """Title, lines and their labels."""
        parts = [
            f"<text x='{_LEFT}' y='{self.top - 10}' class='title'>{escape(self._title)}</text>"
        ]
        for step in range(_LINES + 1):
            value = self._most_y * step / _LINES
            _, y = self.at(0, value)
            parts.append(f"<path d='M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}' stroke='{_GRID}'/>")
            parts.append(f"<text x='{_LEFT - 8}' y='{y + 4:.1f}' class='end'>{value:g}</text>")
        return "".join(parts)

    def line(self, points: Sequence[tuple[float, float]], colour: str, more: str = "") -> str:
        """A line through the points."""
        path = "L".join("{:.1f} {:.1f}".format(*self.at(x, y)) for x, y in points)
        return f"<path d='M{path}' fill='none' stroke='{colour}' stroke-width='1.6' {more}/>"

    def area(
        self, low: Sequence[tuple[float, float]], high: Sequence[tuple[float, float]], colour: str
    ) -> str:
        """The space between two lines."""
        around = [*high, *reversed(low)]
        path = "L".join("{:.1f} {:.1f}".format(*self.at(x, y)) for x, y in around)
        return f"<path d='M{path}Z' fill='{colour}'/>"

    def axis(self) -> str:
        """The numbers of renders below."""
        labels = [f"{self._most_x * step / 5:,.0f}" for step in range(6)]
        places = [self.at(self._most_x * step / 5, 0)[0] for step in range(6)]
        y = self.top + self.height + 18
        return "".join(
            f"<text x='{x:.0f}' y='{y}' class='middle'>{label}</text>"
            for x, label in zip(places, labels, strict=True)
        )


def plot(points: Sequence[Point], trend: Trend | None, title: str) -> str:
    """The whole SVG document."""
    most_x = points[-1].renders
    memory = _memory_panel(points, trend, most_x)
    counts = _count_panels(points, most_x)
    height = _TOP + _BIG + len(counts) * (_LOW + _GAP) + 50
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {height}' "
        f"font-family='sans-serif' font-size='12' fill='{_INK}'><style>.title{{font-weight:600;"
        "font-size:13px}.end{text-anchor:end}.middle{text-anchor:middle}</style>"
        f"<rect width='100%' height='100%' fill='#fff'/>"
        f"<text x='{_LEFT}' y='24' font-size='16' font-weight='600'>{escape(title)}</text>"
        f"{memory}{''.join(counts)}</svg>\n"
    )


def _memory_panel(points: Sequence[Point], trend: Trend | None, most_x: float) -> str:
    most = max(point.census.memory for point in points) / 1000
    panel = _Panel("Memory of the process tree, MB (anonymous PSS)", _TOP, _BIG, most_x, most)
    parts, low = [panel.frame()], [(float(point.renders), 0.0) for point in points]
    for group, colour in zip(GROUPS, _COLOURS, strict=True):
        high = [
            (x, y + point.census.by_group[group] / 1000)
            for (x, y), point in zip(low, points, strict=True)
        ]
        parts.append(panel.area(low, high, colour))
        low = high
    if trend is not None:
        ends = [(x, trend.at(x) / 1000) for x in (most_x * 0.2, most_x)]
        parts.append(panel.line(ends, "#c2185b", "stroke-dasharray='7 4'"))
        told = f"{trend.slope:+.2f} kB a render"
        parts.append(f"<text x='{_WIDTH - _RIGHT}' y='24' class='end' fill='#c2185b'>{told}</text>")
    return "".join(parts) + _legend() + panel.axis()


def _legend() -> str:
    parts = ""
    for number, (group, colour) in enumerate(zip(GROUPS, _COLOURS, strict=True)):
        x = 480 + number * 84
        parts += f"<rect x='{x}' y='{_TOP - 20}' width='10' height='10' fill='{colour}'/>"
        parts += f"<text x='{x + 15}' y='{_TOP - 11}'>{group}</text>"
    return parts


def _count_panels(points: Sequence[Point], most_x: float) -> list[str]:
    what: list[tuple[str, Callable[[Point], int]]] = [
        ("Processes", lambda point: point.census.processes),
        ("Open descriptors", lambda point: point.census.descriptors),
        ("Temporary files and browser profiles", lambda point: point.census.files),
    ]
    panels: list[str] = []
    for number, (title, value) in enumerate(what):
        top = _TOP + _BIG + _GAP + 20 + number * (_LOW + _GAP)
        panel = _Panel(title, top, _LOW, most_x, max(map(value, points)))
        line = panel.line([(point.renders, value(point)) for point in points], _COLOURS[0])
        panels.append(panel.frame() + line)
    return panels


def _round_up(value: float) -> float:
    """A round number that is a little larger, so that four lines have round labels too."""
    size = 1.0
    while size * 10 < value:
        size *= 10
    return next((size * step for step in (1, 2, 4, 6, 8) if size * step >= value), size * 10)
