"""Pages that are on their way to an address, and held before the first step.

Their process starts meanwhile, and no blank page is shown before: what is sent to the page waits in
the browser, in order, and is done before the document's first script. The answers come after `go`.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from renderer.chromium.pipe.client import PipeClient, PipeSession
from renderer.chromium.protocol import ProtocolError

__all__ = ["HeldPages"]

_ATTACH_S = 5
"""It is told before the page is said to be there; only a browser that is lost never tells."""

_WATCH = {
    "autoAttach": True,
    "flatten": True,
    "waitForDebuggerOnStart": True,
    "filter": [{"type": "page"}],
}


class HeldPages:
    """Once one page is held, the browser holds every new one; `open` lets blank ones go at once."""

    def __init__(self, client: PipeClient) -> None:
        self._client = client
        self._watching: asyncio.Future[dict[str, Any]] | None = None
        self._coming: dict[str, asyncio.Future[str]] = {}

    async def open(self, target: Mapping[str, Any], *, hold: bool) -> tuple[str, PipeSession]:
        """The id and session of the only page of its context. Raises ProtocolError."""
        if not hold and self._watching is None:
            return await self._opened(target)
        identity, session = await self._held(target)
        if not hold:
            await session.send("Runtime.runIfWaitingForDebugger", {})
        return identity, session

    async def _opened(self, target: Mapping[str, Any]) -> tuple[str, PipeSession]:
        opened = await self._client.browser.send("Target.createTarget", target)
        identity = str(opened["targetId"])
        asked = {"targetId": identity, "flatten": True}
        attached = await self._client.browser.send("Target.attachToTarget", asked)
        return identity, self._client.session(str(attached["sessionId"]))

    async def _held(self, target: Mapping[str, Any]) -> tuple[str, PipeSession]:
        browser = self._client.browser
        if self._watching is None:
            browser.on("Target.attachedToTarget", self._attached)
            self._watching = browser.send("Target.setAutoAttach", _WATCH)
        await asyncio.shield(self._watching)
        context = str(target["browserContextId"])
        coming = self._coming[context] = asyncio.get_running_loop().create_future()
        try:
            opened = await browser.send("Target.createTarget", target)
            async with asyncio.timeout(_ATTACH_S):
                return str(opened["targetId"]), self._client.session(await coming)
        except TimeoutError as error:
            raise ProtocolError("The browser told of no session with a new page.") from error
        finally:
            del self._coming[context]

    def _attached(self, event: Mapping[str, Any]) -> None:
        coming = self._coming.get(str(event["targetInfo"].get("browserContextId")))
        if coming is not None and not coming.done():
            coming.set_result(str(event["sessionId"]))
