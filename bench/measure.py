"""Running a case at some concurrency, with every answer checked."""

import asyncio
import itertools
import time
from dataclasses import dataclass, field

from bench.cases import Case
from bench.contender import Contender

__all__ = ["Figures", "measure"]


@dataclass(slots=True)
class Figures:
    """What one contender did in one case, over all rounds."""

    seconds: list[float] = field(default_factory=list[float])
    rates: list[float] = field(default_factory=list[float])
    sizes: list[int] = field(default_factory=list[int])


async def measure(
    contender: Contender, case: Case, numbers: range, at_once: int, figures: Figures
) -> bytes:
    """Render the numbers, `at_once` at a time; the last answer. Every answer is checked after."""
    waiting = iter(numbers)
    answers: dict[int, bytes] = {}

    async def client() -> None:
        for number in waiting:
            start = time.perf_counter()
            answers[number] = await contender.render(case, number)
            figures.seconds.append(time.perf_counter() - start)

    start = time.perf_counter()
    await asyncio.gather(*itertools.starmap(client, [()] * at_once))
    figures.rates.append(len(numbers) / (time.perf_counter() - start))
    for number, data in answers.items():
        case.check(data, number)
        figures.sizes.append(len(data))
    return answers[numbers[-1]]
