"""Starting a browser that we speak with ourselves."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from egress.chromium import PROXY_BYPASS
from renderer.chromium.browser import Browser
from renderer.chromium.home import BrowserHome
from renderer.chromium.pipe.control import PipeControl
from renderer.chromium.pipe.process import PipeProcess
from renderer.chromium.pipe.switches import PIPE_SWITCHES
from renderer.chromium.program import SWITCHES
from renderer.chromium.protocol import ProtocolError

__all__ = ["PipeStarter"]

_ANSWER_S = 15


class PipeStarter:
    """Starts browsers with nobody between them and us. `more`: switches beside the usual."""

    def __init__(self, more: Sequence[str] = ()) -> None:
        self._more = more

    async def start(self, home: BrowserHome, dead_proxy: str, *, sandbox: bool) -> Browser:
        """A browser that answers. Raises ProtocolError, TimeoutError, OSError."""
        process = PipeProcess.start(home, [*_switches(dead_proxy, sandbox=sandbox), *self._more])
        try:
            async with asyncio.timeout(_ANSWER_S):
                control = await PipeControl.of(process)
            return Browser(control, home, process.pid)
        except ProtocolError as error:
            process.kill()
            raise ProtocolError(f"{error.message} {_last_words(home)}") from error
        except BaseException:
            process.kill()
            raise

    async def forget(self) -> None:
        """There is no driver that could have died."""

    async def close(self) -> None:
        """There is no driver to end."""


def _switches(dead_proxy: str, *, sandbox: bool) -> list[str]:
    return [
        *PIPE_SWITCHES,
        *SWITCHES,
        # What has no proxy of its own gets one that leads nowhere.
        f"--proxy-server={dead_proxy}",
        f"--proxy-bypass-list={PROXY_BYPASS}",
        *(() if sandbox else ("--no-sandbox",)),
    ]


def _last_words(home: BrowserHome) -> str:
    with suppress(OSError):
        return home.log.read_bytes()[-2000:].decode(errors="replace")
    return ""
