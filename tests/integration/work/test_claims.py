"""What it costs to take items and to keep them."""

import pytest
from sqlalchemy import text, update

from core.clock import SECOND
from core.database import database_now
from jobs.batch.models import batch_items
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
