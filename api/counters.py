"""The counters behind the rate limits: one in this process, one in Redis where there is one."""

from typing import Any

from limits import RateLimitItemPerDay, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage

__all__ = ["Counter", "Counters"]


class Counter:
    """Counts by name and window; the key carries the window, so that windows are aligned."""

    def __init__(self, storage: MemoryStorage | RedisStorage) -> None:
        self._storage = storage

    async def minute(self, name: str, window: int, most: int) -> int:
        """How many there were in this minute (since 1970), with this one; `most` are allowed."""
        item = RateLimitItemPerMinute(most)
        return await self._storage.incr(item.key_for(name, str(window)), item.get_expiry())

    async def day(self, name: str, window: int, most: int) -> int:
        """How many there were on this day (since 1970), with this one; `most` are allowed."""
        item = RateLimitItemPerDay(most)
        return await self._storage.incr(item.key_for(name, str(window)), item.get_expiry())


class Counters:
    """`local` counts in this process. `shared` counts in Redis, None without one."""

    def __init__(self, redis_url: str | None, seconds: float) -> None:
        """`seconds`: how long Redis may take to answer."""
        self.local = Counter(MemoryStorage())
        self._redis = _redis(redis_url, seconds) if redis_url else None
        self.shared = Counter(self._redis) if self._redis is not None else None

    async def close(self) -> None:
        """Let go of Redis."""
        if self._redis is not None:
            bridge: Any = self._redis.bridge
            await bridge.storage.aclose()


def _redis(url: str, seconds: float) -> RedisStorage:
    uri = "async+" + url.replace("unix://", "redis+unix://", 1)
    return RedisStorage(
        uri,
        implementation="redispy",
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
    )
