"""Playwright's driver: started when the first browser needs it, ended last."""

import asyncio

from playwright.async_api import Playwright, async_playwright

__all__ = ["Driver"]


class Driver:
    """One Node process that speaks with all browsers of a pool."""

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._starting = asyncio.Lock()

    async def playwright(self) -> Playwright:
        """The running driver; starts it at the first call."""
        async with self._starting:
            if self._playwright is None:
                self._playwright = await async_playwright().start()
            return self._playwright

    async def forget(self) -> None:
        """Let go of a driver that has died; the next call starts another."""
        async with self._starting:
            self._playwright = None

    async def close(self) -> None:
        """End the driver, within 3 s."""
        playwright, self._playwright = self._playwright, None
        if playwright is not None:
            async with asyncio.timeout(3):
                await playwright.stop()
