"""The deadline of one render, and what its caller is told when it passes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from core.errors import OverloadedError, PlatenError, RenderTimeoutError
from renderer.asker import Asker
from renderer.metrics import RENDERS_REFUSED
from renderer.request import RenderRequest

__all__ = ["in_time"]

_RETRY_S = 5


@asynccontextmanager
async def in_time(request: RenderRequest, asker: Asker) -> AsyncGenerator[float]:
    """Do the body within the request's timeout; gives the deadline in the event loop's time.

    Raises RenderTimeoutError, or OverloadedError when most of the time was spent in waiting for
    a worker, which is not the page's fault.
    """
    deadline = asyncio.get_running_loop().time() + request.timeout
    try:
        async with asyncio.timeout_at(deadline):
            yield deadline
    except TimeoutError as error:
        raise _late(request, asker) from error


def _late(request: RenderRequest, asker: Asker) -> PlatenError:
    if asker.waited * 2 < request.timeout:
        return RenderTimeoutError(
            f"The render did not end within {request.timeout:g} s, the wait for a slot "
            "included. Make the page lighter or raise `timeout`."
        )
    RENDERS_REFUSED.labels("wait_too_long").inc()
    return OverloadedError(
        f"Waiting for one of the service's workers took {asker.waited:.1f} s, most of the time "
        "that this render has. Send the request again later, or with a longer `timeout`.",
        retry_after=_RETRY_S,
    )
