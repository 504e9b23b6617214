import asyncio

from api.readiness import Readiness
from core.errors import StorageUnavailableError


class Part:
    """A part that counts how often it is asked and fails when told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.error: Exception | None = None

    async def probe(self) -> None:
        self.asked += 1
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_many_that_ask_at_once_cost_one_probe() -> None:
    part = Part()
    readiness = Readiness({"render": part.probe}, Clock())
    found = await asyncio.gather(*(readiness.problems() for _ in range(20)))
    assert found == [{"render": ""}] * 20
    assert part.asked == 1


async def test_a_good_render_counts_for_a_while_and_no_longer() -> None:
    part, clock = Part(), Clock()
    readiness = Readiness({"render": part.probe}, clock)
    await readiness.problems()
    clock.now = 19
    await readiness.problems()
    assert part.asked == 1
    clock.now = 21
    await readiness.problems()
    assert part.asked == 2


async def test_a_render_that_somebody_made_lately_needs_no_probe() -> None:
    part, clock = Part(), Clock()
    part.error = StorageUnavailableError("never asked")
    readiness = Readiness({"render": part.probe}, clock)
    clock.now = 10
    readiness.vouch("render", 5)
    assert await readiness.problems() == {"render": ""}
    clock.now = 26
    assert await readiness.problems() == {"render": "never asked"}
    assert part.asked == 1


async def test_what_is_broken_is_named_and_its_recovery_shows_soon() -> None:
    store, clock = Part(), Clock()
    readiness = Readiness({"store": store.probe}, clock)
    store.error = StorageUnavailableError("the disk is full")
    assert await readiness.problems() == {"store": "the disk is full"}
    store.error = None
    clock.now = 2
    assert await readiness.problems() == {"store": ""}


async def test_an_unexpected_error_of_a_part_tells_its_kind_alone() -> None:
    part = Part()
    part.error = RuntimeError("postgresql://user:password@host")
    assert await Readiness({"database": part.probe}).problems() == {"database": "RuntimeError"}
