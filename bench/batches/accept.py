"""The largest table taken in, while others are served."""

import asyncio
import time
from collections.abc import Mapping

import psutil

from bench.batches.figure import Figure, Size
from bench.batches.ground import Ground, ground
from bench.cost import Peak, cpu_seconds, watching

__all__ = ["accept", "large_table"]

_LONGEST = 120.0


def large_table(rows: int) -> bytes:
    """A CSV file of the card's variables, other data in each row."""
    lines = (
        f'"The quiet craft of naming {n} things well",Essay {n},Jane Doe {n},#{n % 0xFFFFFF:06x}\n'
        for n in range(rows)
    )
    return ("title,kicker,author,accent\n" + "".join(lines)).encode()


async def accept(database: str, environment: Mapping[str, str], size: Size) -> list[Figure]:
    """Seconds until every row is an item, and the slowest of the others meanwhile."""
    async with ground(environment) as service:
        key = service.service.key
        for number in range(20):
            await service.single(key, number)
        other = await service.submit(key, range(100, 200))
        await service.steer(key, other, "pause")
        process = psutil.Process(service.service.pid)
        before, peak = process.memory_full_info().pss, Peak()
        cost = cpu_seconds([process])
        async with watching(lambda: process.memory_full_info().pss, peak):
            began = time.monotonic()
            batch = await service.submit_table(key, large_table(size.rows))
            answered = time.monotonic() - began
            slowest, cancelled = await _meanwhile(service, key, batch, other)
            taken = time.monotonic() - began
        cost = cpu_seconds([process]) - cost
        whole = await service.steer(key, batch, "cancel")
        if whole["totalCount"] != size.rows:
            raise RuntimeError(f"not every row was accepted: {whole}")

    def figure(text: str, value: float, unit: str, goal: float | None = None) -> Figure:
        return Figure("accept", database, text, value, unit, goal)

    return [
        figure(f"{size.rows} rows until all are items", taken, "s", 12),
        figure("  processor time of the service", cost, "s"),
        figure("  answer to the upload", answered, "s"),
        figure("  PSS growth, at its peak", (peak.value - before) / 1e6, "MB", 100),
        figure("  slowest single render meanwhile", slowest, "s", 1),
        figure("  a cancel meanwhile", cancelled, "s", 1),
    ]


async def _meanwhile(service: Ground, key: str, batch: str, other: str) -> tuple[float, float]:
    """The slowest single render, and a cancel of another batch, until all rows are in."""
    slowest = cancelled = 0.0
    number = 1000
    async with asyncio.timeout(_LONGEST):
        while (await service.batch(key, batch))["accepting"]:
            number += 1
            slowest = max(slowest, await service.single(key, number))
            if not cancelled:
                began = time.monotonic()
                await service.steer(key, other, "cancel")
                cancelled = time.monotonic() - began
    return slowest, cancelled
