"""Starting a browser, and making sure that it is started as it should be."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from renderer.chromium.browser import Browser
from renderer.chromium.home import BrowserHome
from renderer.chromium.program import find_program
from renderer.chromium.protocol import ProtocolError
from renderer.chromium.scripted.starter import PlaywrightStarter
from renderer.errors import EngineUnavailableError
from renderer.settings import RendererSettings

__all__ = ["Launcher", "Starter"]

_PATIENCE_S = 20
_END_S = 3


class Starter(Protocol):
    """One way of starting a browser and of speaking with it."""

    async def start(self, home: BrowserHome, dead_proxy: str, *, sandbox: bool) -> Browser:
        """A browser that answers. Raises ProtocolError, TimeoutError, OSError."""
        ...

    async def forget(self) -> None:
        """Let go of a driver that may have died: the next start has another."""
        ...

    async def close(self) -> None:
        """End the driver, if there is one."""
        ...


class Launcher:
    """Starts browsers, one directory each. `sandbox`: whether the latest one has its sandbox."""

    def __init__(self, settings: RendererSettings, starter: Starter | None = None) -> None:
        self._settings = settings
        self._starter = starter or PlaywrightStarter()
        self._browsers: list[Browser] = []
        self._launching = 0
        self.sandbox = True

    async def launch(self, dead_proxy: str) -> Browser:
        """A browser that answers. `dead_proxy` is for what has no proxy of its own.

        Without its sandbox only if it does not start with it and that is allowed.
        Raises EngineUnavailableError with what to do about it.
        """
        self._launching += 1
        try:
            return await self._launch(dead_proxy)
        except EngineUnavailableError:
            if not self._settings.allow_no_sandbox or not self.sandbox:
                raise
            self.sandbox = False
            return await self._launch(dead_proxy)
        finally:
            self._launching -= 1

    async def rest(self) -> None:
        """End the driver while no browser needs it; the next launch starts another."""
        if not self._launching and not any(browser.alive for browser in self._browsers):
            await self.close()

    async def doubt_driver(self) -> None:
        """After a failed start: another driver next time, if no living browser needs this one."""
        self._browsers = [browser for browser in self._browsers if browser.alive]
        if not self._browsers:
            await self._starter.forget()

    async def close(self) -> None:
        """End the driver, once every browser has ended."""
        with suppress(TimeoutError):
            await self._starter.close()

    async def _launch(self, dead_proxy: str) -> Browser:
        program = find_program(self._settings.chromium)
        home = BrowserHome.make(self._settings, program)
        starting = asyncio.create_task(self._start(home, dead_proxy))
        try:
            async with asyncio.timeout(_PATIENCE_S):
                browser = await asyncio.shield(starting)
        except (ProtocolError, TimeoutError, OSError) as error:
            home.remove()
            raise EngineUnavailableError(
                "The browser did not start. `platen doctor` says what is missing; without user "
                "namespaces PLATEN_ALLOW_NO_SANDBOX is the last resort.",
                private=str(error),
            ) from error
        except asyncio.CancelledError:
            # Half a browser cannot be ended: it starts to its end, and then goes.
            await _end(starting, home)
            raise
        except BaseException:
            home.remove()
            raise
        self._browsers = [*(one for one in self._browsers if one.alive), browser]
        return browser

    async def _start(self, home: BrowserHome, dead_proxy: str) -> Browser:
        browser = await self._starter.start(home, dead_proxy, sandbox=self.sandbox)
        try:
            self._assert_switches(browser.pid)
        except BaseException:
            browser.kill()
            raise
        return browser

    def _assert_switches(self, pid: int) -> None:
        """Two switches would be holes, whoever adds or forgets them."""
        line = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"--no-sandbox" in line and self.sandbox:
            raise EngineUnavailableError("The browser was started without its sandbox.")
        if not any(b"<-loopback>" in part for part in line):
            raise EngineUnavailableError("The browser would reach loopback without the proxy.")


async def _end(starting: "asyncio.Task[Browser]", home: BrowserHome) -> None:
    with suppress(ProtocolError, EngineUnavailableError, OSError, TimeoutError):
        async with asyncio.timeout(_END_S):
            (await starting).kill()
    home.remove()
