"""Who gets the next slot, among workspaces that have items in hand."""

import asyncio
from contextlib import AsyncExitStack

from jobs.batch.work.turns import Turns


async def served(turns: Turns, name: str, order: list[str], seconds: float = 0.005) -> None:
    async with turns.take(name):
        order.append(name)
        await asyncio.sleep(seconds)


async def test_M08_a_workspace_that_comes_later_is_served_until_it_has_used_as_much() -> None:
    turns, order = Turns(1), list[str]()
    async with asyncio.TaskGroup() as all_of_them:
        for _ in range(30):
            all_of_them.create_task(served(turns, "large", order))
        await asyncio.sleep(0.03)
        before = len(order)
        for _ in range(3):
            all_of_them.create_task(served(turns, "small", order))
    assert before >= 2
    assert "large" not in order[before + 1 : before + 3]
    assert (order.count("large"), order.count("small")) == (30, 3)


async def test_no_more_than_the_slots_are_held_and_none_is_lost() -> None:
    turns, held, most = Turns(2), 0, 0

    async def one(number: int) -> None:
        nonlocal held, most
        async with turns.take(f"workspace {number % 3}"):
            held += 1
            most = max(most, held)
            await asyncio.sleep(0.001)
            held -= 1

    tasks = [asyncio.create_task(one(number)) for number in range(40)]
    await asyncio.sleep(0.003)
    for task in tasks[10:20]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (most, held) == (2, 0)
    async with asyncio.timeout(1), AsyncExitStack() as both:  # both slots have come back
        await both.enter_async_context(turns.take("a"))
        await both.enter_async_context(turns.take("b"))
