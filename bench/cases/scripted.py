"""Pages with scripts: the card drawn on a canvas, and a chart by Chart.js."""

from functools import partial
from pathlib import Path

from bench.cases.case import Case, Job
from bench.cases.fixtures import card_data
from bench.cases.strip import STRIP, check_strip, spelled

__all__ = ["canvas_job", "scripted_cases"]

_PAGES = Path(__file__).resolve().parents[1] / "pages"
_CANVAS = (_PAGES / "canvas.html").read_text(encoding="utf-8")
_CHART = (_PAGES / "chart.html").read_text(encoding="utf-8").replace("</body>", STRIP)
_CARD = (1200, 630)
_CHART_SIZE = (1000, 600)


def canvas_job(number: int, size: tuple[int, int] = _CARD) -> Job:
    """The card drawn by a script, scaled to the size."""
    data = {**card_data(number), "width": size[0], "height": size[1]}
    return Job("canvas", _CANVAS, data, *size, javascript=True)


def _chart_job(library: bytes, number: int) -> Job:
    series = [
        [(number * (7 + row) + month * 31) % 90 + 10 for month in range(12)] for row in (0, 1)
    ]
    data = {"title": f"Orders of week {number}", "series": series, "bits": spelled(number)}
    files = {"chart.js": library}
    return Job("chart", _CHART, data, *_CHART_SIZE, javascript=True, files=files)


def scripted_cases(chart_library: bytes | None) -> tuple[Case, ...]:
    """Without the library (Node's packages could not be installed) the canvas alone."""
    canvas = Case("scripts: canvas, PNG", "png", canvas_job, partial(check_strip, size=_CARD))
    if chart_library is None:
        return (canvas,)
    job = partial(_chart_job, chart_library)
    check = partial(check_strip, size=_CHART_SIZE)
    return canvas, Case("scripts: Chart.js, PNG", "png", job, check)
