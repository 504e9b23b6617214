"""What is over is told once and is forgotten when its time has passed."""

from typing import Any

from sqlalchemy import func, select, update

from core.clock import now_us
from core.errors import InternalError
from core.models import events
from jobs.webhooks.forgetting import Forgetting
from jobs.webhooks.match import pack_events
from jobs.webhooks.models import deliveries, subscriptions
from tests.support.work import Workshop, eventually


async def _listen(shop: Workshop, kind: str) -> None:
    row = {
        "id": "whs_1",
        "workspace_id": shop.workspace,
        "events": pack_events((kind,)),
        "target_url": "https://nowhere.invalid/hook",
        "endpoint": "nowhere",
        "filters": {},
        "status": "active",
        "secret": "whsec_x",
        "created_us": 0,
        "updated_us": 0,
    }
    async with shop.db.write() as conn:
        await conn.execute(subscriptions.insert().values(row))


async def _count(shop: Workshop, table: Any, *conditions: Any) -> int:
    async with shop.db.read() as conn:
        query = select(func.count()).select_from(table).where(*conditions)
        return (await conn.execute(query)).scalar_one()


async def test_an_item_that_fails_in_every_try_is_told_as_failed_once(shop: Workshop) -> None:
    await _listen(shop, "render.failed")
    shop.drawing.errors["ours"] = InternalError()
    await shop.hire()
    done = await shop.ended((await shop.submit([{"title": "a", "fails": "ours"}])).id)
    assert done.failed == 1
    assert await _count(shop, events) == 1


async def test_events_and_deliveries_that_are_over_are_forgotten(shop: Workshop) -> None:
    await _listen(shop, "render.completed")
    await shop.hire()
    await shop.ended((await shop.submit([{"title": "a"}, {"title": "b"}])).id)

    async def both_there() -> bool:
        return await _count(shop, deliveries) == 2

    await eventually(both_there)
    await shop.workers.pop().stop()
    over = {"state": "exhausted", "finished_us": now_us()}
    async with shop.db.write() as conn:
        await conn.execute(update(deliveries).values(over))
    assert await Forgetting(shop.db, 30).sweep() == 0
    async with shop.db.write() as conn:
        await conn.execute(update(events).values(relayed_us=1))
        first = select(func.min(deliveries.c.id)).scalar_subquery()
        await conn.execute(update(deliveries).where(deliveries.c.id == first).values(finished_us=1))
    assert await Forgetting(shop.db, 0).sweep() == 0
    assert await Forgetting(shop.db, 30).sweep() == 3
    assert (await _count(shop, events), await _count(shop, deliveries)) == (0, 1)
