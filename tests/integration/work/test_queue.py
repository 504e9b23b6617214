"""The alarm clock over a real Redis: it may be slow, away, flushed or full of rubbish."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from core.errors import StorageUnavailableError
from jobs.queue.arq import QUEUE_NAME, ArqQueue
from tests.integration.work.conftest import OpenShop
from tests.support.redis import PrivateRedis
from tests.support.work import eventually


@pytest.fixture
def redis() -> Iterator[PrivateRedis]:
    server = PrivateRedis().start()
    yield server
    server.close()


@pytest.fixture
async def ears(redis: PrivateRedis) -> AsyncIterator[tuple[ArqQueue, list[str]]]:
    """The queue of a process that listens."""
    heard: list[str] = []
    queue = ArqQueue(redis.url, poll_delay=0.02)
    queue.listen(heard.append)
    await queue.start()
    yield queue, heard
    await queue.stop()


async def test_a_ring_is_heard_in_another_process(
    redis: PrivateRedis, ears: tuple[ArqQueue, list[str]]
) -> None:
    mouth = ArqQueue(redis.url)
    await mouth.ring("batch:bat_1")
    await eventually(lambda: ears[1] == ["batch:bat_1"])
    await mouth.stop()


async def test_a_ring_is_heard_here_without_redis() -> None:
    heard: list[str] = []
    queue = ArqQueue("unix:///nowhere/redis.sock")
    queue.listen(heard.append)
    started = asyncio.get_running_loop().time()
    await queue.ring("events")
    assert heard == ["events"]
    assert asyncio.get_running_loop().time() - started < 0.3
    with pytest.raises(StorageUnavailableError):
        await queue.probe()
    await queue.stop()


async def test_R01_rings_are_heard_again_after_redis_was_killed(
    redis: PrivateRedis, ears: tuple[ArqQueue, list[str]]
) -> None:
    queue, heard = ears
    mouth = ArqQueue(redis.url)
    await mouth.ring("one")
    await eventually(lambda: heard == ["one"])
    redis.kill()
    await mouth.ring("lost")
    redis.start()

    async def heard_again() -> bool:
        await mouth.ring("again")
        await asyncio.sleep(0.05)
        return "again" in heard

    await eventually(heard_again, seconds=15)
    await queue.probe()
    await mouth.stop()


async def test_R08_rubbish_in_the_queue_is_dropped_and_nothing_is_unpickled(
    redis: PrivateRedis, ears: tuple[ArqQueue, list[str]]
) -> None:
    async with Redis.from_url(redis.url) as raw:
        pickled = b"\x80\x04\x95\x1e\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94"
        for job, score in ((b"\xff\xfe not text", 1), (b"no-such-job", 2), (b"pickled", 3)):
            await raw.zadd(QUEUE_NAME, {job: score})
        await raw.set("arq:job:pickled", pickled)

        async def emptied() -> bool:
            return await raw.zcard(QUEUE_NAME) == 0

        await eventually(emptied, seconds=10)
    mouth = ArqQueue(redis.url)

    async def heard() -> bool:
        await mouth.ring("still alive")
        await asyncio.sleep(0.05)
        return "still alive" in ears[1]

    await eventually(heard, seconds=10)
    await mouth.stop()


async def test_R02_a_batch_ends_though_redis_is_flushed_in_its_middle(
    open_shop: OpenShop, redis: PrivateRedis
) -> None:
    queue = ArqQueue(redis.url, poll_delay=0.05)
    await queue.start()
    async with open_shop(queue=queue) as shop, Redis.from_url(redis.url) as raw:
        shop.drawing.seconds = 0.02
        await shop.hire()
        batch = await shop.submit([{"title": str(n)} for n in range(30)])
        await shop.wait_for(batch.id, lambda now: now.completed >= 5)
        await raw.flushall()
        assert (await shop.ended(batch.id)).completed == 30
    await queue.stop()


async def test_R03_a_batch_is_accepted_and_ends_without_any_redis(open_shop: OpenShop) -> None:
    queue = ArqQueue("unix:///nowhere/redis.sock")
    await queue.start()
    async with open_shop(queue=queue) as shop:
        batch = await shop.submit([{"title": str(n)} for n in range(5)])
        await shop.hire()
        assert (await shop.ended(batch.id)).completed == 5
        cancelled = await shop.submit([{"title": "x", "wait": True}])
        assert (await shop.batches.cancel(shop.workspace, cancelled.id)).cancelled == 1  # C05
    await queue.stop()
