"""Posts to bindings' webhooks, which need no key: so many a minute for each, in this process."""

import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from api.errors import RateLimitError

__all__ = ["HookLimits"]


class HookLimits:
    """Counts in memory; one for each process."""

    def __init__(self, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def take(self, name: str) -> None:
        """Count one post. Raises RateLimitError for one too many."""
        if await self._limiter.hit(self._item, name):
            return
        reset = (await self._limiter.get_window_stats(self._item, name)).reset_time
        raise RateLimitError(
            f"The webhook of a binding takes {self._item.amount} posts a minute "
            "(PLATEN_BINDING_POSTS_PER_MINUTE): send fewer, or come back after `Retry-After` "
            "seconds",
            retry_after=max(1, round(reset - time.time())),
        )
