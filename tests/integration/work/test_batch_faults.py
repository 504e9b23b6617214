"""Batches while something around them breaks: queue, clock, store, database, worker."""

import asyncio
import io
import subprocess
import time
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy import text, update

from core.database import Database, metadata
from core.errors import StorageUnavailableError
from jobs.batch.batch import Batch
from jobs.batch.models import batches
from jobs.batch.results.page import FIRST_ITEMS
from jobs.batch.work.item import Done
from jobs.batch.work.settle import Verdict, settle
from jobs.batch.work.upkeep import Upkeep
from jobs.queue.arq import ArqQueue
from tests.integration.work.conftest import OpenShop
from tests.integration.work.test_batches import rows
from tests.support.postgres import private_postgres
from tests.support.redis import PrivateRedis
from tests.support.work import Workshop, eventually, workshop


async def whole(shop: Workshop, batch: Batch, count: int) -> None:
    """The oracle: every item ended once, every artifact is there once, counts add up."""
    assert batch.completed + batch.failed + batch.cancelled == batch.total
    states = await shop.states(batch.id)
    assert states == {"completed": count}
    page = await shop.batches.results(
        shop.workspace, batch.id, window=replace(FIRST_ITEMS, limit=1000)
    )
    assert len({item.artifact_id for item in page.items}) == count
    assert await shop.kept() == (count, count)


async def test_W06_W10_a_batch_that_nobody_looked_at_for_a_day_ends_all_the_same(
    shop: Workshop,
) -> None:
    batch = await shop.submit(rows(6))
    async with shop.db.write() as conn:
        day = 86_400_000_000
        await conn.execute(update(batches).values(created_us=batches.c.created_us - day))
    waiting = await shop.batches.get(shop.workspace, batch.id)
    assert (waiting.state, waiting.completed) == ("pending", 0)
    await shop.hire()  # its ring was lost long ago
    await whole(shop, await shop.ended(batch.id), 6)


@pytest.mark.parametrize("hours", [-1, 1])
async def test_W07_a_workers_clock_that_jumps_ends_no_lease(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    await shop.submit(rows(4))
    hands = shop.claims(lease=15, owner="elsewhere")
    taken = await hands.take(4)
    moment, nanos = time.time, time.time_ns
    monkeypatch.setattr(time, "time", lambda: moment() + hours * 3600)
    monkeypatch.setattr(time, "time_ns", lambda: nanos() + hours * 3600 * 10**9)
    assert await Upkeep(shop.db, attempts=3).give_back() == 0
    assert await hands.beat(taken) == {item.key for item in taken}
    assert await shop.claims().take(4) == []


async def test_R05_a_redis_that_does_not_answer_holds_nobody_up(open_shop: OpenShop) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    queue = ArqQueue(f"redis://127.0.0.1:{port}", poll_delay=0.05)
    await queue.start()
    try:
        async with open_shop(queue=queue) as shop:
            await shop.hire()
            began = asyncio.get_running_loop().time()
            batch = await shop.submit(rows(4))
            assert asyncio.get_running_loop().time() - began < 2.0
            await whole(shop, await shop.ended(batch.id), 4)
    finally:
        await queue.stop()
        server.close()


async def test_R07_a_redis_that_has_become_a_read_only_replica_loses_nothing(
    open_shop: OpenShop,
) -> None:
    redis = PrivateRedis().start()
    client = Redis.from_url(redis.url)
    queue = ArqQueue(redis.url, poll_delay=0.05)
    try:
        await queue.start()
        async with open_shop(queue=queue) as shop:
            await shop.hire()
            await client.execute_command("REPLICAOF", "127.0.0.1", "1")
            await whole(shop, await shop.ended((await shop.submit(rows(4))).id), 4)
    finally:
        await queue.stop()
        await client.aclose()
        redis.close()


async def test_C05_a_cancel_needs_no_redis(open_shop: OpenShop) -> None:
    redis = PrivateRedis().start()
    queue = ArqQueue(redis.url, poll_delay=0.05)
    await queue.start()
    try:
        async with open_shop(queue=queue) as shop:
            await shop.hire()
            batch = await shop.submit(rows(30, wait=True))
            await eventually(lambda: len(shop.drawing.started) == 2)
            redis.kill()
            done = await shop.batches.cancel(shop.workspace, batch.id)
            assert (done.state, done.cancelled) == ("cancelled", 30)
            await eventually(lambda: shop.drawing.cancelled == 2, seconds=5)
            await eventually(lambda: _states(shop, batch.id, {"cancelled": 30}))
    finally:
        await queue.stop()
        redis.close()


async def test_C06_a_batch_cancelled_while_its_worker_dies_is_cancelled_for_good(
    shop: Workshop,
) -> None:
    batch = await shop.submit(rows(6))
    taken = await shop.claims(lease=0.01, owner="elsewhere").take(4)
    assert (await shop.batches.cancel(shop.workspace, batch.id)).cancelled == 6
    await shop.hire()
    await eventually(lambda: _states(shop, batch.id, {"cancelled": 6}))
    async with shop.db.write() as conn:  # the dead one wakes up
        late = await settle(conn, [Verdict(item, Done({"url": "late"})) for item in taken])
    assert not late.accepted
    done = await shop.batches.get(shop.workspace, batch.id)
    assert (done.state, done.cancelled, shop.drawing.started) == ("cancelled", 6, [])


async def test_S05_nothing_is_done_before_the_store_has_it_and_all_is_when_it_is_back(
    shop: Workshop,
) -> None:
    await shop.hire()
    shop.folder.mkdir(exist_ok=True)
    aside = shop.folder.with_name("aside")
    shop.folder.rename(aside)
    shop.folder.write_text("a file where the folder was")
    batch = await shop.submit(rows(4))
    await eventually(lambda: len(shop.drawing.started) >= 3)
    assert (await shop.batches.get(shop.workspace, batch.id)).completed == 0
    shop.folder.unlink()
    aside.rename(shop.folder)
    await whole(shop, await shop.ended(batch.id), 4)


async def test_M09_an_archive_ends_well_though_its_files_go_meanwhile(shop: Workshop) -> None:
    await shop.hire()
    done = await shop.ended((await shop.submit(rows(5))).id)
    pieces: AsyncIterator[bytes] = shop.batches.files.archive(done)
    read = [await anext(pieces), await anext(pieces)]
    page = await shop.batches.results(shop.workspace, done.id)
    for item in page.items:
        await shop.artifacts.delete(shop.workspace, item.artifact_id or "")
    read += [piece async for piece in pieces]
    with zipfile.ZipFile(io.BytesIO(b"".join(read))) as found:
        assert found.testzip() is None
        assert found.namelist() == ["00000.png", "manifest.json", "manifest.csv"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_D04_a_full_database_stops_a_batch_and_room_lets_it_go_on(shop: Workshop) -> None:
    batch = await shop.submit(rows(40))
    async with shop.db.write() as conn:
        pages = (await conn.execute(text("PRAGMA page_count"))).scalar_one()
        await conn.execute(text(f"PRAGMA max_page_count = {pages + 4}"))
    await shop.hire()

    async def full() -> bool:
        try:
            await shop.submit(rows(400))
        except StorageUnavailableError:
            return True
        return False

    await eventually(full)
    assert (await shop.batches.get(shop.workspace, batch.id)).state != "failed"
    async with shop.db.write() as conn:
        await conn.execute(text("PRAGMA max_page_count = 1073741823"))
    done = await shop.ended(batch.id, seconds=60)
    assert (done.state, done.completed) == ("completed", 40)


@pytest.mark.full
async def test_D01_a_batch_outlives_restarts_of_its_postgresql(tmp_path: Path) -> None:
    with private_postgres() as url:
        if url is None:
            pytest.skip("PostgreSQL is not installed")
        folder = Path(url.partition("host=")[2])
        db = Database(url)
        async with db.write() as conn:
            await conn.run_sync(metadata.create_all)
        try:
            async with workshop(db, tmp_path / "artifacts") as shop:
                shop.drawing.seconds = 0.02
                await shop.hire()
                batch = await shop.submit(rows(120))
                for enough in (20, 60):
                    await shop.wait_for(batch.id, lambda now, n=enough: now.completed >= n)
                    await asyncio.to_thread(_restart, folder)
                done = await _ended_at_last(shop, batch.id)
                assert (done.state, done.completed) == ("completed", 120)
        finally:
            await db.close()
            _pg_ctl(folder, "stop")


async def _ended_at_last(shop: Workshop, batch_id: str) -> Batch:
    async with asyncio.timeout(90):
        while True:
            try:
                return await shop.ended(batch_id, seconds=80)
            except StorageUnavailableError:
                await asyncio.sleep(0.2)


def _restart(folder: Path) -> None:
    _pg_ctl(folder, "stop")
    _pg_ctl(folder, "start")


def _pg_ctl(folder: Path, what: str) -> None:
    program = max(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    options = ["-o", f"-c listen_addresses= -c fsync=off -k {folder}"] if what == "start" else []
    owner = (folder / "data").stat().st_uid
    subprocess.run(
        [program, "-D", folder / "data", "-m", "immediate", "-w", *options, what],
        user=owner, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60,
        check=what == "start",
    )  # fmt: skip


async def _states(shop: Workshop, batch_id: str, wanted: dict[str, int]) -> bool:
    return await shop.states(batch_id) == wanted
