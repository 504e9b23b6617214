"""Rate limits per workspace: counted in Redis when there is one, in this process otherwise.

A Redis that is gone or slow closes no doors: the count goes on in this process, and Redis is
asked again after a few seconds.
"""

import asyncio
import time
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import structlog

from api.errors import QuotaExceededError, RateLimitError
from api.plans import Plan, plan_table
from api.settings import ApiSettings

if TYPE_CHECKING:
    from api.counters import Counter, Counters

__all__ = ["RateLimiter", "Standing", "refuse_excess"]

_REDIS_SECONDS = 0.3
_RETRY_REDIS = 5.0
_MINUTE = 60
_DAY = 86_400

_log = structlog.get_logger("platen.api")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a workspace stands after a request. `reset` is a moment in Unix seconds."""

    plan: Plan
    minute_left: int
    day_left: int
    minute_reset: int
    day_reset: int
    now: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The `X-RateLimit-*` of the window that ends first, and both in the IETF's form."""
        plan = self.plan
        by_day = plan.metered and self.day_left < self.minute_left
        limit = plan.per_day if by_day else plan.per_minute
        minute_left, day_left = max(0, self.minute_left), max(0, self.day_left)
        left = day_left if by_day else minute_left
        reset = self.day_reset if by_day else self.minute_reset
        policy = f'"minute";q={plan.per_minute};w={_MINUTE}, "day";q={plan.per_day};w={_DAY}'
        state = (
            f'"minute";r={minute_left};t={self.minute_reset - self.now}, '
            f'"day";r={day_left};t={self.day_reset - self.now}'
        )
        return [
            (b"x-ratelimit-limit", b"%d" % limit),
            (b"x-ratelimit-remaining", b"%d" % left),
            (b"x-ratelimit-reset", b"%d" % reset),
            (b"ratelimit-policy", policy.encode()),
            (b"ratelimit", state.encode()),
        ]


class RateLimiter:
    """Counts the requests of metered plans. One for each process."""

    def __init__(self, settings: ApiSettings, redis_url: str | None) -> None:
        self._plans = plan_table(settings)
        self._default = settings.plan
        self._redis_url = redis_url
        self._counters: Counters | None = None
        self._shared_after = 0.0

    def open_standing(self, plan_name: str = "unlimited") -> Standing:
        """What an answer shows that was not counted: no key, or a plan without limits."""
        plan = self._plans.get(plan_name) or self._plans[self._default]
        now = int(time.time())
        minute, day = _resets(now)
        return Standing(plan, plan.per_minute, plan.per_day, minute, day, now)

    async def take(self, workspace_id: str, plan_name: str) -> Standing:
        """Count one request. The standing says -1 left where it was one too many."""
        standing = self.open_standing(plan_name)
        if not standing.plan.metered:
            return standing
        counters = await self._loaded()
        if counters.shared is not None and time.monotonic() >= self._shared_after:
            try:
                async with asyncio.timeout(_REDIS_SECONDS):
                    return await _count(counters.shared, workspace_id, standing)
            except Exception as error:
                # Any failure of the counter must let the request through to the local one.
                self._shared_after = time.monotonic() + _RETRY_REDIS
                _log.warning("rate limits are counted locally", reason=repr(error))
        return await _count(counters.local, workspace_id, standing)

    async def _loaded(self) -> "Counters":
        """The counters; what they are made of takes long to import, and few services count."""
        if self._counters is None:
            await asyncio.to_thread(import_module, "api.counters")
            from api.counters import Counters

            self._counters = self._counters or Counters(self._redis_url, _REDIS_SECONDS)
        return self._counters

    async def close(self) -> None:
        """Let go of Redis."""
        if self._counters is not None:
            await self._counters.close()


def refuse_excess(standing: Standing) -> None:
    """Raise RateLimitError or QuotaExceededError for a request that was one too many."""
    plan = standing.plan
    if standing.day_left < 0:
        raise QuotaExceededError(
            f"The plan '{plan.name}' has {plan.per_day} requests a day and they are used up: "
            "come back after `Retry-After` seconds, or move the workspace to a larger plan",
            retry_after=max(1, standing.day_reset - standing.now),
        )
    if standing.minute_left < 0:
        raise RateLimitError(
            f"The plan '{plan.name}' has {plan.per_minute} requests a minute: "
            "send fewer, or come back after `Retry-After` seconds",
            retry_after=max(1, standing.minute_reset - standing.now),
        )


def _resets(now: int) -> tuple[int, int]:
    return now - now % _MINUTE + _MINUTE, now - now % _DAY + _DAY


async def _count(counter: "Counter", workspace_id: str, standing: Standing) -> Standing:
    """One increment for each window, which begins with the minute or the day."""
    plan, now = standing.plan, standing.now
    minute_used, day_used = await asyncio.gather(
        counter.minute(workspace_id, now // _MINUTE, plan.per_minute),
        counter.day(workspace_id, now // _DAY, plan.per_day),
    )
    return Standing(
        plan,
        max(-1, plan.per_minute - minute_used),
        max(-1, plan.per_day - day_used),
        standing.minute_reset,
        standing.day_reset,
        now,
    )
