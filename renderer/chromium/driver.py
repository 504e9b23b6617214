"""Playwright's driver: started when the first browser needs it, ended last."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from renderer.chromium.owner import abandoned, owner

if TYPE_CHECKING:
    from playwright.async_api import Playwright

__all__ = ["DRIVER_PREFIX", "Driver"]

DRIVER_PREFIX = "platen-driver-"


class Driver:
    """One Node process that speaks with all browsers of a pool.

    It makes temporary directories, and leaves them when it is killed: they go into one of ours,
    and what processes left that are no more is removed.
    """

    def __init__(self) -> None:
        self._directory: Path | None = None
        self._playwright: Playwright | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()

    async def playwright(self) -> "Playwright":
        """The running driver; starts it at the first call."""
        async with self._starting:
            if self._playwright is None:
                # A tenth of a second and 20 MB, which no service without scripts needs.
                await asyncio.to_thread(import_module, "playwright.async_api")
                from playwright.async_api import async_playwright

                if self._directory is None:
                    _sweep()
                    self._directory = Path(tempfile.mkdtemp(prefix=f"{DRIVER_PREFIX}{owner()}-"))
                with _temporary_directory(self._directory):
                    manager = async_playwright()
                    self._playwright = await manager.start()
                    self._process = _process_of(manager)
            return self._playwright

    async def forget(self) -> None:
        """Let go of a driver that has died or hangs; the next call starts another."""
        async with self._starting:
            self._playwright = None
            process, self._process = self._process, None
            with suppress(ProcessLookupError):
                if process is not None and process.returncode is None:
                    process.kill()

    async def close(self) -> None:
        """End the driver, within 3 s."""
        async with self._starting:
            playwright, self._playwright = self._playwright, None
            try:
                if playwright is not None:
                    async with asyncio.timeout(3):
                        await playwright.stop()
            finally:
                if self._directory is not None:
                    shutil.rmtree(self._directory, ignore_errors=True)
                    self._directory = None


def _process_of(manager: object) -> asyncio.subprocess.Process | None:
    """The driver's process; the error that Playwright leaves when it dies is read on the way.

    It is on a future of Playwright's own that nobody else reads, and asyncio would tell it as
    unhandled whenever the future is collected, be it in the middle of something else. Every call in
    flight fails with an error of its own.
    """
    transport = getattr(getattr(manager, "_client", None), "_transport", None)
    future = getattr(transport, "on_error_future", None)
    if isinstance(future, asyncio.Future):
        future.add_done_callback(lambda died: died.cancelled() or died.exception())
    process = getattr(transport, "_proc", None)
    return process if isinstance(process, asyncio.subprocess.Process) else None


def _sweep() -> None:
    for left in Path(tempfile.gettempdir()).glob(f"{DRIVER_PREFIX}*-*"):
        if abandoned(left, DRIVER_PREFIX):
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _temporary_directory(directory: Path) -> Generator[None]:
    """Playwright hands our own environment to its driver and takes no other."""
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(directory)
    try:
        yield
    finally:
        if before is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = before
