"""One contender's turn: some renders of one case at some concurrency, every answer checked."""

import asyncio
import itertools
import time

from bench.cases import Case
from bench.contender import Contender
from bench.cost import Ownership, cpu_seconds
from bench.figures import Figures

__all__ = ["take_turn"]


async def take_turn(
    contender: Contender,
    ownership: Ownership,
    case: Case,
    numbers: range,
    at_once: int,
    figures: Figures,
) -> bytes:
    """Render the numbers, `at_once` at a time; the first number's answer.

    Answers are checked when the clock has stopped. Raises WrongOutputError.
    """
    await contender.prepare(case, numbers)
    waiting = iter(numbers)
    answers: dict[int, bytes] = {}

    async def client() -> None:
        for number in waiting:
            start = time.perf_counter()
            answers[number] = await contender.render(case, number)
            figures.seconds.append(time.perf_counter() - start)

    spent = -cpu_seconds(ownership.processes(contender))
    start = time.perf_counter()
    async with asyncio.TaskGroup() as clients:
        for _ in itertools.repeat(None, at_once):
            clients.create_task(client())
    seconds = time.perf_counter() - start
    spent += cpu_seconds(ownership.processes(contender))
    figures.rates.append(len(numbers) / seconds)
    figures.cpu.append(spent / len(numbers))
    for number, data in answers.items():
        case.check(data, number)
        figures.sizes.append(len(data))
    return answers[numbers[0]]
