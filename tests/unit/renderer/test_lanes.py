"""Whose turn is next."""

import asyncio
import time

import pytest

from renderer.lanes import Lanes
from renderer.pool.cost import cost_of
from renderer.pool.manners import Manners
from renderer.pool.pace import Pace
from renderer.request import (
    AnimationOptions,
    DocumentOptions,
    Environment,
    HtmlSource,
    Lane,
    Output,
    PictureOptions,
    RenderRequest,
    TemplateSource,
)

LANES: dict[str, tuple[Lane, str]] = {}
"""Item -> its lane and workspace, of the test that runs."""


def put(lanes: Lanes[str], lane: Lane, workspace: str, item: str, cost: float = 1) -> None:
    LANES[item] = lane, workspace
    lanes.add(lane, workspace, item, cost)


def popped(lanes: Lanes[str]) -> str:
    item = lanes.first()
    assert item is not None
    lanes.pop(*LANES[item], item)
    return item


def drained(lanes: Lanes[str]) -> list[str]:
    return [popped(lanes) for _ in range(len(lanes))]


async def test_bulk_renders_have_room_again_when_nobody_has_come_for_a_while() -> None:
    freed = asyncio.Event()
    manners = Manners(2, freed.set)
    for lane in ("bulk", "bulk", "interactive"):
        assert manners.allow(lane)
        manners.begun(lane)
    assert manners.allow("interactive")
    manners.ended("bulk")
    assert not manners.allow("bulk")
    manners.ended("bulk")
    assert manners.allow("bulk")  # one may always run
    manners.begun("bulk")
    manners.ended("interactive")
    assert not manners.allow("bulk")
    await asyncio.wait_for(freed.wait(), 5)
    assert manners.allow("bulk")


@pytest.mark.parametrize("lane", ["interactive", "bulk"])
def test_M08_workspaces_take_turns_whoever_came_first(lane: Lane) -> None:
    lanes: Lanes[str] = Lanes()
    for number in range(1000):
        put(lanes, lane, "many", f"many {number}")
    put(lanes, lane, "few", "few 0")
    put(lanes, lane, "few", "few 1")
    put(lanes, lane, "one", "one 0")
    assert drained(lanes)[:6] == ["many 0", "few 0", "one 0", "many 1", "few 1", "many 2"]


def test_interactive_renders_go_first_and_every_fourth_is_a_bulk_one() -> None:
    lanes: Lanes[str] = Lanes()
    for number in range(6):
        put(lanes, "bulk", "w", f"bulk {number}")
        put(lanes, "interactive", "w", f"now {number}")
    kinds = [item.split()[0] for item in drained(lanes)]
    assert kinds == ["now"] * 3 + ["bulk"] + ["now"] * 3 + ["bulk"] * 5


def test_who_waits_no_longer_is_out_of_the_count_and_of_the_turns() -> None:
    lanes: Lanes[str] = Lanes()
    put(lanes, "interactive", "a", "first")
    put(lanes, "interactive", "a", "second", 2.5)
    put(lanes, "interactive", "b", "third")
    assert lanes.remove("interactive", "a", "first")
    assert not lanes.remove("interactive", "a", "first")
    assert (len(lanes), lanes.cost) == (2, 3.5)
    assert drained(lanes) == ["second", "third"]
    assert lanes.first() is None
    assert lanes.cost == 0


def test_what_is_ahead_counts_the_others_turns_not_all_that_they_wait_for() -> None:
    lanes: Lanes[str] = Lanes()
    for number in range(100):
        put(lanes, "interactive", "many", f"many {number}")
    assert lanes.ahead("interactive", "many") == 100
    assert lanes.ahead("interactive", "one") == 1
    put(lanes, "interactive", "one", "one 0")
    assert lanes.ahead("interactive", "one") == pytest.approx(3)
    assert lanes.ahead("bulk", "one") == 101


def test_a_turn_costs_the_same_however_many_wait() -> None:
    def seconds(workspaces: int, each: int) -> float:
        lanes: Lanes[str] = Lanes()
        for number in range(workspaces * each):
            put(lanes, "bulk", f"w{number % workspaces}", str(number))
        start = time.perf_counter()
        for _ in range(1000):
            popped(lanes)
        return time.perf_counter() - start

    few = min(seconds(10, 100) for _ in range(3))
    assert min(seconds(100, 100) for _ in range(3)) < 8 * few


def test_who_fits_best_goes_first_but_nobody_is_passed_over_more_than_four_times() -> None:
    lanes: Lanes[str] = Lanes(lambda item: item.startswith("kept"))
    put(lanes, "interactive", "cold", "cold 0")
    for number in range(10):
        put(lanes, "interactive", f"w{number % 5}", f"kept {number}")
    order = drained(lanes)
    assert order[:5] == ["kept 0", "kept 1", "kept 2", "kept 3", "cold 0"]
    assert sorted(order[5:]) == [f"kept {number}" for number in range(4, 10)]


@pytest.mark.parametrize("others", [1, 3, 7])
def test_who_goes_early_has_as_many_turns_as_others(others: int) -> None:
    lanes: Lanes[str] = Lanes(lambda item: item.startswith("fits"))
    for number in range(20):
        for other in range(others):
            put(lanes, "bulk", f"other {other}", f"other {other} {number}")
        put(lanes, "bulk", "fits", f"fits {number}")
    rounds = [popped(lanes) for _ in range((others + 1) * 10)]
    assert sum(item.startswith("fits") for item in rounds) in {10, 11}
    for number in range(10):
        put(lanes, "bulk", "late", f"late {number}")
    before = 0
    while not popped(lanes).startswith("late"):
        before += 1
    assert before <= 2 * (others + 1)


def test_who_has_gone_early_and_comes_again_has_not_been_forgiven() -> None:
    lanes: Lanes[str] = Lanes(lambda item: item.startswith("fits"))
    for number in range(5):
        put(lanes, "bulk", "a", f"a {number}")
    order = list[str]()
    for number in range(6):
        put(lanes, "bulk", "fits", f"fits {number}")
        order.append(popped(lanes)[:1])
    assert "".join(order) == "fafafa"


def test_who_fits_as_well_as_others_keeps_to_the_turns() -> None:
    lanes: Lanes[str] = Lanes(lambda _: 2)
    for workspace in "abab":
        put(lanes, "bulk", workspace, f"{workspace} {len(lanes)}")
    assert [item[0] for item in drained(lanes)] == ["a", "b", "a", "b"]


def request(output: Output, sets: int = 0) -> RenderRequest:
    source = TemplateSource("", variable_sets=({},) * sets) if sets else HtmlSource("")
    return RenderRequest("w", source, output, Environment(0))


@pytest.mark.parametrize(
    ("asked", "cost"),
    [
        (request(PictureOptions(width=1200, height=630)), 1),
        (request(PictureOptions(width=4000, height=4000, device_scale_factor=2)), 32),
        (request(PictureOptions(width=100, height=100, full_page=True)), 3),
        (request(AnimationOptions(duration_ms=10_000, frames_per_second=30)), 90),
        (request(AnimationOptions(duration_ms=100, frames_per_second=10)), 1),
        (request(DocumentOptions()), 1),
        (request(DocumentOptions(), sets=40), 40),
    ],
)
def test_what_takes_more_counts_more(asked: RenderRequest, cost: float) -> None:
    assert cost_of(asked) == pytest.approx(cost)


def test_the_pace_follows_what_is_measured() -> None:
    pace = Pace()
    assert pace.wait(100, 4) == 0
    for _ in range(100):
        pace.note(seconds=0.2, cost=1)
    assert pace.wait(100, 4) == pytest.approx(5)
    for _ in range(200):
        pace.note(seconds=2, cost=10)
    assert pace.wait(100, 4) == pytest.approx(5)
    for _ in range(200):
        pace.note(seconds=1, cost=1)
    assert pace.wait(100, 4) == pytest.approx(25, rel=0.01)
