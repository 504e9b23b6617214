"""A browser at the other end of our pipes."""

from renderer.chromium.page_spec import PageSpec
from renderer.chromium.pipe.held import HeldPages
from renderer.chromium.pipe.process import PipeProcess
from renderer.chromium.pipe.tab import PipeTab

__all__ = ["PipeControl"]


class PipeControl:
    """What a `Browser` is driven by."""

    def __init__(self, process: PipeProcess, version: str) -> None:
        self.version = version
        self._process = process
        self._held = HeldPages(process.client)

    @classmethod
    async def of(cls, process: PipeProcess) -> "PipeControl":
        """Wait until the started browser answers. Raises ProtocolError."""
        answer = await process.client.browser.send("Browser.getVersion", {})
        return cls(process, str(answer["product"]).rpartition("/")[2])

    async def open_tab(self, spec: PageSpec) -> PipeTab:
        """A page under begin-frame control in a context of its own. Raises ProtocolError.

        It is blank, or held on its way to where it is bound for.
        """
        return await PipeTab.open(self._process.client, self._held, spec)

    async def ping(self) -> None:
        """Ask the browser for an answer, any answer. Raises ProtocolError."""
        await self._process.client.browser.send("Browser.getVersion", {})

    async def close(self) -> None:
        """Ask the browser to end, and wait until it has. Raises ProtocolError."""
        await self._process.client.browser.send("Browser.close", {})
        await self._process.ended.wait()
