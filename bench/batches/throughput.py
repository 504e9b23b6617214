"""A batch against the same renders called in process, and how soon its first item begins."""

import asyncio
import statistics
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count

import psutil

from bench.batches.figure import Figure, Size
from bench.batches.ground import Ground, ground
from bench.cases.fixtures import fixture_cases
from bench.cost import cpu_seconds
from bench.documents import Documents
from bench.ours import InProcess

__all__ = ["throughput"]

_CARD = next(case for case in fixture_cases() if case.format == "jpeg")
_STARTS = 20


async def throughput(database: str, environment: Mapping[str, str], size: Size) -> list[Figure]:
    """Both have started and drawn a little; then they take turns."""
    numbers = count(1)
    walls: list[float] = []
    costs: list[float] = []
    rates: list[float] = []
    async with _in_process() as inside, ground(environment) as service:
        key = service.service.key
        await _drawn(inside, [next(numbers) for _ in range(20)])
        await service.ended(key, await service.submit(key, [next(numbers) for _ in range(20)]))
        for _ in range(size.rounds):
            plain = await _inside(inside, service, [next(numbers) for _ in range(size.cards)])
            batch = await _batch(service, key, [next(numbers) for _ in range(size.cards)])
            walls.append(batch[0] / plain[0])
            costs.append(batch[1] / plain[1])
            rates.append(size.cards / batch[0])
        starts = [await _start(service, key, next(numbers)) for _ in range(_STARTS)]

    def figure(text: str, value: float, unit: str, goal: float | None = None) -> Figure:
        return Figure("throughput", database, text, value, unit, goal)

    rounds = f"{size.rounds} rounds of {size.cards} cards, JPEG"
    return [
        figure(f"{rounds}: batch / in process", statistics.median(walls), "x", 1.15),
        figure("the same by processor time", statistics.median(costs), "x"),
        figure("cards of a batch", statistics.median(rates), "/s"),
        figure("enqueue to first item, median", statistics.median(starts), "ms", 150),
        figure("enqueue to first item, worst of 20", max(starts), "ms", 150),
    ]


@asynccontextmanager
async def _in_process() -> AsyncGenerator[InProcess]:
    inside = InProcess(Documents())
    await inside.start()
    try:
        yield inside
    finally:
        await inside.close()


async def _drawn(inside: InProcess, numbers: list[int]) -> None:
    waiting = iter(numbers)

    async def client() -> None:
        for number in waiting:
            await inside.render(_CARD, number)

    async with asyncio.TaskGroup() as clients:
        for _ in range(max(2, len(psutil.Process().cpu_affinity() or []))):
            clients.create_task(client())


async def _inside(inside: InProcess, service: Ground, numbers: list[int]) -> tuple[float, float]:
    """Wall and processor seconds of this process with its browsers, the service's left out."""
    others = {process.pid for process in service.processes()}
    mine = psutil.Process()
    family = [mine, *(one for one in mine.children(recursive=True) if one.pid not in others)]
    clock = asyncio.get_running_loop().time
    cost, began = cpu_seconds(family), clock()
    await _drawn(inside, numbers)
    return clock() - began, cpu_seconds(family) - cost


async def _batch(service: Ground, key: str, numbers: list[int]) -> tuple[float, float]:
    clock = asyncio.get_running_loop().time
    family = service.processes()
    cost, began = cpu_seconds(family), clock()
    await service.ended(key, await service.submit(key, numbers))
    return clock() - began, cpu_seconds(family) - cost


async def _start(service: Ground, key: str, number: int) -> float:
    """Milliseconds from a batch's creation until an item of it is in a worker's hands."""
    done = await service.ended(key, await service.submit(key, [number]))
    created, started = (datetime.fromisoformat(done[name]) for name in ("createdAt", "startedAt"))
    return (started - created).total_seconds() * 1000
