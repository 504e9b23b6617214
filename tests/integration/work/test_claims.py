"""What it costs to take items and to keep them."""

import asyncio

import pytest
from sqlalchemy import text, update

from core.clock import SECOND
from core.database import database_now
from jobs.batch.closing import lock
from jobs.batch.models import batch_items, batches
from jobs.batch.work.item import Failed
from jobs.batch.work.settle import Verdict, settle
from jobs.batch.work.upkeep import Upkeep
from tests.integration.work.test_batches import rows
from tests.support.work import Workshop, eventually


async def _counted(shop: Workshop) -> tuple[int, int]:
    """How many items were changed so far, and how many looked up to do so."""
    query = text(
        "SELECT n_tup_upd, idx_tup_fetch + seq_tup_read"
        " FROM pg_stat_user_tables WHERE relname = 'batch_items'"
    )
    async with shop.db.read() as conn:
        changed, seen = (await conn.execute(query)).one()
    return int(changed), int(seen)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_portion_of_items_is_looked_up_once(shop: Workshop) -> None:
    count, taken = 600, 100
    batch = await shop.submit(rows(count))
    assert len(await shop.claims().take(taken)) == taken

    async def has_changed(items: int) -> bool:
        return (await _counted(shop))[0] >= items

    await eventually(lambda: has_changed(taken))
    assert (await _counted(shop))[1] < 5 * taken
    await shop.batches.cancel(shop.workspace, batch.id)
    assert await Upkeep(shop.db, attempts=3).sweep() == count
    await eventually(lambda: has_changed(taken + count))
    assert (await _counted(shop))[1] < 10 * count


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_workers_that_look_at_once_keep_to_a_batchs_concurrency(shop: Workshop) -> None:
    batch = await shop.submit(rows(9), concurrency=2)
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")

    async def all_wait() -> bool:
        async with shop.db.read() as conn:
            return (await conn.execute(waiting)).scalar_one() == 3

    async with asyncio.TaskGroup() as group, shop.db.write() as conn:
        await lock(conn, batches.c.id == batch.id)
        takes = [group.create_task(shop.claims().take(4)) for _ in range(3)]
        await eventually(all_wait)
    assert sum(len(take.result()) for take in takes) == 2
    assert await shop.claims().take(4) == []


async def test_an_item_that_is_rendered_alone_keeps_to_its_batchs_concurrency(
    shop: Workshop,
) -> None:
    await shop.submit(rows(2), concurrency=1)
    assert len(await shop.claims(lease=-1).take(1)) == 1
    hands = shop.claims()
    assert await Upkeep(shop.db, attempts=3).give_back() == 1
    (sound,) = await hands.take(1)
    assert not await hands.lone_waits()
    assert await hands.take_lone() == []
    async with shop.db.write() as conn:
        await settle(conn, [Verdict(sound, Failed("bug", "a bug"))])
    assert await hands.lone_waits()
    assert len(await hands.take_lone()) == 1


async def test_a_lease_is_lengthened_when_a_quarter_of_it_has_passed(shop: Workshop) -> None:
    batch = await shop.submit(rows(2))
    hands = shop.claims(lease=20)
    taken = await hands.take(2)
    both = {item.key for item in taken}

    async def left() -> list[float]:
        """Seconds of each lease."""
        query = batch_items.select().with_only_columns(
            (batch_items.c.lease_until_us - database_now()) / SECOND
        )
        async with shop.db.read() as conn:
            found = await conn.execute(query.order_by(batch_items.c.item_index))
            return [float(seconds) for seconds in found.scalars()]

    async def lease(index: int, seconds: float) -> None:
        until = database_now() + round(seconds * SECOND)
        one = update(batch_items).where(batch_items.c.item_index == index)
        async with shop.db.write() as conn:
            await conn.execute(one.values(lease_until_us=until))

    await lease(0, 18)
    await lease(1, 14)
    assert await hands.beat(taken) == both
    first, second = await left()
    assert first <= 18 < second <= 20
    await lease(0, -1)  # late, but nobody else has taken it
    assert await hands.beat(taken) == both
    assert min(await left()) > 17
    await shop.batches.cancel(shop.workspace, batch.id)
    assert await hands.beat(taken) == set()
    assert await hands.beat([]) == set()


async def test_the_sweep_of_a_cancelled_batch_counts_what_it_changed(shop: Workshop) -> None:
    batch = await shop.submit(rows(5))
    upkeep = Upkeep(shop.db, attempts=3)
    await shop.batches.cancel(shop.workspace, batch.id)
    assert await upkeep.sweep() == 5
    assert await upkeep.sweep() == 0
    assert await shop.states(batch.id) == {"cancelled": 5}
