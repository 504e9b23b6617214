"""One workspace's large batch, and what another notices of it."""

import statistics
import time
from collections.abc import Callable, Mapping
from itertools import count, islice

from bench.batches.accept import large_table
from bench.batches.figure import Figure, Size
from bench.batches.ground import Ground, ground
from bench.figures import percentile

__all__ = ["fairness"]

_ROUNDS = 4
_SMALL = 20


async def fairness(database: str, environment: Mapping[str, str], size: Size) -> list[Figure]:
    """Rounds in which the large batch is paused, then resumed: both see the same machine."""
    numbers = count(1)
    alone: dict[str, list[float]] = {"single": [], "batch": []}
    beside: dict[str, list[float]] = {"single": [], "batch": []}
    async with ground(environment) as service:
        large, small = service.service.key, await service.other_key()
        batch = await service.submit_table(large, large_table(size.rows))
        await service.until(large, batch, lambda now: not now["accepting"], 120)
        await service.until(large, batch, lambda now: now["completedItems"] > 0, 60)
        for _ in range(_ROUNDS):
            for verb, found in (("pause", alone), ("resume", beside)):
                before = await service.steer(large, batch, verb)
                await _settled(service, large, batch, verb, before["completedCount"])
                each = size.singles // _ROUNDS
                found["single"] += [await service.single(small, next(numbers)) for _ in range(each)]
                began = time.monotonic()
                sent = list(islice(numbers, _SMALL))
                await service.ended(small, await service.submit(small, sent))
                found["batch"].append(time.monotonic() - began)
        await service.steer(large, batch, "cancel")
    return _figures(database, size, alone, beside)


async def _settled(service: Ground, key: str, batch: str, verb: str, before: int) -> None:
    """Paused: what ran has ended. Resumed: it goes on."""
    if verb == "resume":
        await service.until(key, batch, lambda now: now["completedItems"] > before, 60)
        return
    last = -1
    while last != (last := (await service.batch(key, batch))["completedItems"]):
        await service.until(key, batch, _after(1.0), 5)


def _after(seconds: float) -> Callable[[object], bool]:
    end = time.monotonic() + seconds
    return lambda _: time.monotonic() > end


def _figures(
    database: str, size: Size, alone: dict[str, list[float]], beside: dict[str, list[float]]
) -> list[Figure]:
    def figure(text: str, value: float, unit: str, goal: float | None = None) -> Figure:
        return Figure("fairness", database, text, value, unit, goal)

    idle, loaded = (percentile(found["single"], 0.99) * 1000 for found in (alone, beside))
    halves = [statistics.median(found["single"]) * 1000 for found in (alone, beside)]
    batches = [statistics.median(found["batch"]) for found in (alone, beside)]
    return [
        figure(f"beside {size.rows} items: single renders' p99 / idle", loaded / idle, "x", 2),
        figure("  p99 idle", idle, "ms"),
        figure("  p99 beside", loaded, "ms"),
        figure("  median beside / idle", halves[1] / halves[0], "x"),
        figure(f"batch of {_SMALL} beside / idle", batches[1] / batches[0], "x", 2),
        figure("  idle", batches[0], "s"),
    ]
