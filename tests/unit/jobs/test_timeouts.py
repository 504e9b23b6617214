import pytest

from core.errors import RenderTimeoutError
from jobs.render.timeouts import TimeoutMemory


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(clock: Clock) -> TimeoutMemory:
    return TimeoutMemory(60, clock)


def test_an_equal_render_that_timed_out_is_answered_at_once(
    memory: TimeoutMemory, clock: Clock
) -> None:
    memory.remember("key", 25)
    clock.now += 59
    with pytest.raises(RenderTimeoutError, match="raise timeout above 25, or wait 1 s") as late:
        memory.check("key", 25)
    assert late.value.retry_after == 1


def test_more_time_than_before_is_worth_a_try(memory: TimeoutMemory) -> None:
    memory.remember("key", 25)
    memory.check("key", 26)


def test_after_its_time_it_is_tried_again(memory: TimeoutMemory, clock: Clock) -> None:
    memory.remember("key", 25)
    clock.now += 60
    memory.check("key", 25)


def test_another_render_is_not_held_back(memory: TimeoutMemory) -> None:
    memory.remember("key", 25)
    memory.check("other", 25)


def test_the_memory_is_bounded(memory: TimeoutMemory) -> None:
    for number in range(10_001):
        memory.remember(str(number), 25)
    memory.check("0", 25)
    with pytest.raises(RenderTimeoutError):
        memory.check("1", 25)
