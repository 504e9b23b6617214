"""The numbers that the bench tells: percentiles, ratios, and which goals a run reached."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from bench.drawing import drawn
from bench.figures import Figures, Row, percentile, row_of
from bench.goals import reached_goals


def row(contender: str, at_once: int, rate: float, ratio: float = 1.0) -> Row:
    figures = Figures([0.1], [1000], [rate], [0.05])
    made = row_of(figures, [1.0], ("card, PNG", contender, "same"), at_once, 300.0, 1.0)
    return replace(made, ratio=ratio)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1), (0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100)]
)
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == expected


def test_a_percentile_of_one_value_is_that_value() -> None:
    assert percentile([7.0], 0.99) == 7.0


def test_the_ratio_is_the_median_of_the_rounds_ratios_not_the_ratio_of_medians() -> None:
    figures = Figures([0.1] * 3, [1000] * 3, rates=[10.0, 40.0, 30.0], cpu=[0.1, 0.2, 0.3])
    made = row_of(figures, [1.0, 10.0, 10.0], ("c", "ours", "same"), 2, 0, 0)
    assert (made.ratio, made.renders_per_second, made.cpu_seconds) == (4.0, 30.0, 0.2)


def test_json_has_the_names_of_json() -> None:
    told = row("naive", 2, 3.0).as_json()
    assert (told["rendersPerSecond"], told["p50Ms"], told["medianBytes"]) == (3.0, 100.0, 1000)


def test_a_goal_is_told_only_of_what_was_measured() -> None:
    rows = [row("ours, over HTTP", 8, 30.0, 13.5), row("jsreport", 8, 5.0)]
    told = {goal.text: (value, goal.met(value)) for goal, value in reached_goals(rows)}
    assert told == {
        "over HTTP, card, PNG, 8 at once, against naive": (13.5, True),
        "over HTTP, card, PNG, 8 at once, against jsreport": (6.0, True),
    }


def test_the_chart_shows_each_contender_once_at_its_best() -> None:
    rows = [row("naive", 2, 3.0), row("a & b", 2, 6.0, 2.0), row("a & b", 8, 9.0, 3.0)]
    chart = drawn(rows, "two cores")
    texts = [one.text or "" for one in ET.fromstring(chart).iter() if one.text]
    assert texts.count("a & b") == 1
    assert any("9.0/s at 8 at once" in text for text in texts)
