import asyncio
import gc
import random
from functools import partial

import pytest
from sqlalchemy import func, null, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.blobs import get_blob, put_blob
from core.clock import SECOND, now_us
from core.database import Database, database_now
from core.errors import NotFoundError, StorageUnavailableError
from core.models import events, workspaces
from core.outbox import Event, append
from core.workspaces import Workspaces


async def _count(db: Database, table) -> int:
    async with db.read() as conn:
        return (await conn.execute(select(func.count()).select_from(table))).scalar_one()


async def test_the_databases_clock_is_in_microseconds(db: Database) -> None:
    async with db.read() as conn:
        there = (await conn.execute(select(database_now()))).scalar_one()
    assert isinstance(there, int)
    assert abs(there - now_us()) < SECOND


@pytest.mark.parametrize("quick", [True, False])
async def test_letters_of_every_alphabet_are_folded(db: Database, quick: bool) -> None:
    if db.dialect == "postgresql":
        pytest.skip("its own rules are the locale's")
    async with db.read(quick=quick) as conn:
        folded = await conn.execute(select(func.lower("ÜBER ЖУК"), func.lower(null())))
        assert folded.one() == ("über жук", None)


@pytest.mark.parametrize("quick", [True, False])
async def test_what_went_wrong_does_not_repeat_the_data(db: Database, quick: bool) -> None:
    row = {"id": "ws_1", "name": "a secret", "isolation": "shared", "created_us": 1}

    async def add() -> None:
        async with db.write(quick=quick) as conn:
            await conn.execute(workspaces.insert().values(row))

    await add()
    with pytest.raises(IntegrityError) as caught:
        await add()
    assert "a secret" not in str(caught.value)


async def test_a_unit_of_work_that_fails_leaves_nothing(db: Database) -> None:
    async def fail() -> None:
        async with db.write() as conn:
            await conn.execute(workspaces.insert().values(id="ws_1", name="", created_us=1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await _count(db, workspaces) == 0


async def test_a_cancelled_unit_of_work_leaves_nothing_and_the_next_one_works(
    db: Database,
) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        async with db.write() as conn:
            await conn.execute(workspaces.insert().values(id="ws_1", name="", created_us=1))
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with db.write() as conn:
        await conn.execute(workspaces.insert().values(id="ws_2", name="", created_us=1))
    assert await _count(db, workspaces) == 1


async def test_a_unit_cancelled_within_a_statement_holds_no_lock(db: Database) -> None:
    many = [{"id": f"ws_{number}", "name": "", "created_us": 1} for number in range(400)]
    async with db.write() as conn:
        await conn.execute(workspaces.insert(), many)

    async def work() -> None:
        async with db.write() as conn:
            await conn.execute(workspaces.update().values(name="a").returning(workspaces.c.id))
            await conn.execute(workspaces.update().values(name="b").returning(workspaces.c.name))

    chance = random.Random(7)
    gc.disable()  # what holds a lock until it is collected would be let go by luck
    try:
        for _ in range(150):
            task = asyncio.create_task(work())
            await asyncio.wait([task], timeout=chance.uniform(0, 0.006))
            task.cancel()
            await asyncio.wait([task])
            async with db.write() as conn:
                await conn.execute(
                    workspaces.update().where(workspaces.c.id == "ws_1").values(name="")
                )
    finally:
        gc.enable()


async def test_cancelling_at_any_moment_never_blocks_the_writer(db: Database) -> None:
    async def work(number: int) -> None:
        async with db.write() as conn:
            row = {"id": f"ws_{number}", "name": "", "created_us": 1}
            await conn.execute(workspaces.insert().values(row))

    tasks = [asyncio.create_task(work(number)) for number in range(30)]
    for task in tasks[::2]:
        await asyncio.sleep(0)
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(10):
        await work(99)
    finished = sum(result is None for result in done)
    assert finished >= 15
    assert await _count(db, workspaces) >= finished + 1


async def test_many_writers_at_once_all_get_their_turn(db: Database) -> None:
    place = (await Workspaces(db).create("w")).id

    async def work(number: int) -> None:
        async with db.write() as conn:
            await append(conn, Event(place, "render.completed", {"number": number}))

    await asyncio.gather(*(work(number) for number in range(50)))
    async with db.read() as conn:
        rows = (await conn.execute(select(events).order_by(events.c.sequence))).all()
    assert sorted(row.payload["number"] for row in rows) == list(range(50))
    assert len({row.sequence for row in rows}) == 50
    assert all(row.relayed_us is None for row in rows)


async def test_a_blob_is_kept_once_and_belongs_to_its_workspace(db: Database) -> None:
    one, other = [(await Workspaces(db).create(name)).id for name in ("one", "other")]
    async with db.write() as conn:
        digest = await put_blob(conn, one, b"source")
        assert await put_blob(conn, one, b"source") == digest
    async with db.read() as conn:
        assert await get_blob(conn, one, digest) == b"source"
        with pytest.raises(NotFoundError):
            await get_blob(conn, other, digest)


async def test_D02_a_database_that_is_not_there_is_a_503_soon() -> None:
    db = Database("postgresql://nobody@127.0.0.1:9/nothing")
    async with asyncio.timeout(5):
        with pytest.raises(StorageUnavailableError) as raised:
            async with db.read() as conn:
                await conn.execute(select(1))
    assert raised.value.status == 503
    assert raised.value.retry_after
    await db.close()


async def test_D03_two_units_that_wait_for_each_other_both_end(db: Database) -> None:
    if db.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time: nobody waits for another there")
    places = [(await Workspaces(db).create(name)).id for name in ("one", "other")]
    began, holding, both = [0, 0], set[int](), asyncio.Event()

    async def rename(conn: AsyncConnection, number: int) -> int:
        began[number] += 1
        for place in places[:: 1 - 2 * number]:
            mine = workspaces.update().where(workspaces.c.id == place)
            await conn.execute(mine.values(name=f"by {number}"))
            holding.add(number)
            if len(holding) == len(places):
                both.set()
            await both.wait()
        return number

    async with asyncio.timeout(20):
        done = await asyncio.gather(*(db.unit(partial(rename, number=n)) for n in (0, 1)))
    assert done == [0, 1]
    assert sorted(began) == [1, 2]  # one of them had to yield, once


async def test_D03_a_conflict_is_tried_three_times_more_and_then_told(db: Database) -> None:
    if db.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time: there are no conflicts")
    tries: list[int] = []

    async def clash(conn: AsyncConnection) -> None:
        tries.append(1)
        code = "RAISE EXCEPTION 'not serializable' USING ERRCODE = '40001'"
        await conn.execute(text(f"DO $$ BEGIN {code}; END $$"))

    with pytest.raises(StorageUnavailableError) as told:
        await db.unit(clash)
    assert (len(tries), told.value.status) == (4, 503)


async def test_D03_what_is_no_conflict_is_not_repeated(db: Database) -> None:
    tries: list[int] = []

    async def refuse(conn: AsyncConnection) -> None:
        tries.append(1)
        raise NotFoundError

    with pytest.raises(NotFoundError):
        await db.unit(refuse)
    assert len(tries) == 1
