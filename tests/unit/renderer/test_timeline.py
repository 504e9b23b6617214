"""One whole loop, and the moments of its frames."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.animation.timeline import Timeline, Timing, frame_moments, one_loop


def endless(period: float, start: float = 0) -> Timing:
    return Timing(start, period, None)


def ending(end: float) -> Timing:
    return Timing(0, None, end)


@pytest.mark.parametrize(
    ("timings", "expected"),
    [
        ([], None),
        ([endless(1000)], Timeline(0, 1000)),
        ([endless(1000), endless(750)], Timeline(0, 3000)),
        ([endless(333.3), endless(666.6)], Timeline(0, 666.6)),
        ([endless(1000, start=400)], Timeline(400, 1000)),
        ([ending(1200)], Timeline(0, 1200)),
        ([ending(0)], None),
        ([ending(1500), endless(1000)], Timeline(0, 2000)),
        ([ending(2000), endless(1000)], Timeline(0, 2000)),
        ([endless(7919), endless(7907)], Timeline(0, 7919, exact=False)),
        ([endless(90_000)], Timeline(0, 30_000, exact=False)),
    ],
)
def test_one_loop_is_the_shortest_stretch_after_which_all_is_as_it_was(
    timings: list[Timing], expected: Timeline | None
) -> None:
    assert one_loop(timings) == expected


def found(**changed: object) -> dict[str, object]:
    plain = {
        "delay": 0,
        "duration": 500,
        "iterations": -1,
        "alternates": False,
        "end": -1,
        "rate": 1,
    }
    return plain | changed


def test_what_the_page_says_becomes_a_timing() -> None:
    assert Timing.of(found()) == Timing(0, 500, None)
    assert Timing.of(found(alternates=True)) == Timing(0, 1000, None)
    assert Timing.of(found(rate=-2)) == Timing(0, 250, None)
    assert Timing.of(found(iterations=3, end=1700, delay=200)) == Timing(200, None, 1700)
    assert Timing.of(found(duration=0)) is None
    assert Timing.of(found(iterations=0)) is None
    assert Timing.of(found(rate=0)) is None


def test_frames_begin_at_whole_hundredths_of_a_second() -> None:
    assert frame_moments(1000, 10, 300) == [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    assert frame_moments(200, 15, 300) == [0, 7, 13, 20]


@given(st.floats(1, 60_000), st.floats(0.1, 100), st.integers(2, 300))
def test_frames_never_run_backwards_and_none_is_too_short(
    duration: float, rate: float, most: int
) -> None:
    moments = frame_moments(duration, rate, most)
    assert 2 <= len(moments) - 1 <= most
    assert moments[0] == 0
    assert all(after - before >= 2 for before, after in itertools.pairwise(moments))
    assert moments[-1] == max(4, round(duration / 10))
