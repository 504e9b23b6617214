"""Starting a browser, and making sure that it is started as it should be."""

import asyncio
from contextlib import suppress
from pathlib import Path

from playwright.async_api import Error as PlaywrightError

from renderer.chromium.browser import Browser
from renderer.chromium.driver import Driver
from renderer.chromium.home import BrowserHome
from renderer.chromium.program import SWITCHES, find_program
from renderer.errors import EngineUnavailableError
from renderer.settings import RendererSettings

__all__ = ["Launcher"]

_LAUNCH_MS = 15_000
_PATIENCE_S = 20
_END_S = 3


class Launcher:
    """Starts browsers, one directory each. `sandbox`: whether the latest one has its sandbox."""

    def __init__(self, settings: RendererSettings) -> None:
        self._settings = settings
        self._driver = Driver()
        self._started = 0
        self._browsers: list[Browser] = []
        self.sandbox = True

    async def launch(self, dead_proxy: str) -> Browser:
        """A browser that answers. `dead_proxy` is for what has no proxy of its own.

        Without its sandbox only if it does not start with it and that is allowed.
        Raises EngineUnavailableError with what to do about it.
        """
        try:
            return await self._launch(dead_proxy)
        except EngineUnavailableError:
            if not self._settings.allow_no_sandbox or not self.sandbox:
                raise
        self.sandbox = False
        return await self._launch(dead_proxy)

    async def doubt_driver(self) -> None:
        """After a failed start: another driver next time, if no living browser needs this one."""
        self._browsers = [browser for browser in self._browsers if browser.alive]
        if not self._browsers:
            await self._driver.forget()

    async def close(self) -> None:
        """End the driver, once every browser has ended."""
        with suppress(TimeoutError):
            await self._driver.close()

    async def _launch(self, dead_proxy: str) -> Browser:
        program = find_program(self._settings.chromium)
        self._started += 1
        home = BrowserHome.make(self._settings, program, self._started)
        starting = asyncio.create_task(self._start(home, dead_proxy))
        try:
            async with asyncio.timeout(_PATIENCE_S):
                browser = await asyncio.shield(starting)
        except (PlaywrightError, TimeoutError, OSError) as error:
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
        playwright = await self._driver.playwright()
        started = await playwright.chromium.launch(
            executable_path=home.starter,
            args=list(SWITCHES),
            env=dict(home.environment),
            chromium_sandbox=self.sandbox,
            # What has no proxy of its own gets one that leads nowhere.
            proxy={"server": dead_proxy},
            timeout=_LAUNCH_MS,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )
        session = await started.new_browser_cdp_session()
        processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
        pid = next(int(process["id"]) for process in processes if process["type"] == "browser")
        browser = Browser(started, session, home, pid)
        try:
            self._assert_switches(pid)
        except BaseException:
            browser.kill()
            raise
        return browser

    def _assert_switches(self, pid: int) -> None:
        """Playwright adds switches of its own; two of them would be holes."""
        line = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"--no-sandbox" in line and self.sandbox:
            raise EngineUnavailableError("The browser was started without its sandbox.")
        if not any(b"<-loopback>" in part for part in line):
            raise EngineUnavailableError("The browser would reach loopback without the proxy.")


async def _end(starting: "asyncio.Task[Browser]", home: BrowserHome) -> None:
    with suppress(PlaywrightError, EngineUnavailableError, OSError, TimeoutError):
        async with asyncio.timeout(_END_S):
            (await starting).kill()
    home.remove()
