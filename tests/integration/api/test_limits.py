"""Rate limits counted in a real Redis, which then dies."""

import asyncio
from collections.abc import Iterator

import pytest

from api.limits import RateLimiter
from api.settings import ApiSettings
from tests.support.redis import PrivateRedis


@pytest.fixture
def redis() -> Iterator[PrivateRedis]:
    server = PrivateRedis().start()
    yield server
    server.close()


async def test_two_processes_share_one_count(redis: PrivateRedis) -> None:
    here, there = [RateLimiter(ApiSettings(), redis.url) for _ in range(2)]
    left = [(await one.take("ws", "free")).day_left for one in (here, there, here)]
    assert left == [999, 998, 997]
    assert (await there.take("another", "free")).day_left == 999
    for one in (here, there):
        await one.close()


async def test_R05_when_redis_dies_the_count_goes_on_here(redis: PrivateRedis) -> None:
    limiter = RateLimiter(ApiSettings(), redis.url)
    assert (await limiter.take("ws", "free")).day_left == 999
    redis.kill()
    loop = asyncio.get_running_loop()
    began = loop.time()
    left = [(await limiter.take("ws", "free")).day_left for _ in range(20)]
    assert loop.time() - began < 2
    assert left == [*range(999, 979, -1)]
    await limiter.close()
