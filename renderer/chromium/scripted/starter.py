"""Starting a browser by Playwright."""

from typing import TYPE_CHECKING

from renderer.chromium.browser import Browser
from renderer.chromium.driver import Driver
from renderer.chromium.home import BrowserHome
from renderer.chromium.program import SCRIPT_SWITCHES, SWITCHES
from renderer.chromium.scripted.calls import called
from renderer.chromium.scripted.control import PlaywrightControl

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

__all__ = ["PlaywrightStarter"]

_LAUNCH_MS = 15_000


class PlaywrightStarter:
    """Starts browsers through one driver, which starts with the first of them."""

    def __init__(self) -> None:
        self._driver = Driver()

    async def start(self, home: BrowserHome, dead_proxy: str, *, sandbox: bool) -> Browser:
        """A browser that answers. Raises ProtocolError."""
        return await called(self._start(home, dead_proxy, sandbox=sandbox))

    async def _start(self, home: BrowserHome, dead_proxy: str, *, sandbox: bool) -> Browser:
        playwright = await self._driver.playwright()
        started = await playwright.chromium.launch(
            executable_path=home.starter,
            args=[*SWITCHES, *SCRIPT_SWITCHES],
            env=dict(home.environment),
            chromium_sandbox=sandbox,
            # What has no proxy of its own gets one that leads nowhere.
            proxy={"server": dead_proxy},
            timeout=_LAUNCH_MS,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )
        cdp = await started.new_browser_cdp_session()
        return Browser(PlaywrightControl(started, cdp), home, await _process_of(cdp))

    async def forget(self) -> None:
        """Let go of a driver that may have died: the next start has another."""
        await self._driver.forget()

    async def close(self) -> None:
        """End the driver."""
        await self._driver.close()


async def _process_of(cdp: "CDPSession") -> int:
    processes = (await cdp.send("SystemInfo.getProcessInfo"))["processInfo"]
    return next(int(process["id"]) for process in processes if process["type"] == "browser")
