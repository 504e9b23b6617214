"""What is drawn for somebody without a key counts as a request of the workspace whose it is."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from api.call import Call
from api.errors import QuotaExceededError, RateLimitError
from api.limits import RateLimiter, refuse_excess
from core.errors import PlatenError

__all__ = ["KEYLESS_PROBLEMS", "counted"]

KEYLESS_PROBLEMS: tuple[type[PlatenError], ...] = (RateLimitError, QuotaExceededError)
"""What can end a call without a key, if it draws."""


@asynccontextmanager
async def counted(call: Call[Any, Any], workspace_id: str) -> AsyncGenerator[None]:
    """The turn of one drawing. Raises RateLimitError or QuotaExceededError for one too many."""
    limiter: RateLimiter = call.request.app.state.limiter
    plan = await call.parts.workspaces.plan(workspace_id)
    refuse_excess(await limiter.take(workspace_id, plan))
    yield
