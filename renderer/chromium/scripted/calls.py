"""Calls of Playwright's whose errors are those of the protocol's port."""

from collections.abc import Awaitable
from typing import TypeVar

from renderer.chromium.protocol import ProtocolError

__all__ = ["called"]

_T = TypeVar("_T")


async def called(work: Awaitable[_T]) -> _T:
    """The result of `work`. Raises ProtocolError for what Playwright raises."""
    try:
        return await work
    except Exception as error:
        # Whoever calls has Playwright; who never does, need not load it.
        from playwright.async_api import Error

        if not isinstance(error, Error):
            raise
        # A page that has crashed is no longer there either, and is told by its own event.
        living = "crashed" in error.message or "navigated or closed" in error.message
        closed = "closed" in error.message and not living
        raise ProtocolError(error.message, closed=closed) from error
