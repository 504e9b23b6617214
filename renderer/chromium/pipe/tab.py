"""A page without scripts in a context of its own, opened over the pipe."""

import asyncio
from collections.abc import Callable
from typing import Any

from egress.chromium import PROXY_BYPASS
from renderer.chromium.page_spec import PageSpec
from renderer.chromium.pipe.client import PipeClient, PipeSession

__all__ = ["PipeTab"]


class PipeTab:
    """What a `Page` drives. Its main frame has the target's own id."""

    def __init__(self, client: PipeClient, context: str, target: str, session: PipeSession) -> None:
        self.session = session
        self.frame_id = target
        self._client = client
        self._context = context

    @classmethod
    async def open(cls, client: PipeClient, spec: PageSpec) -> "PipeTab":
        """A blank page under begin-frame control. Raises ProtocolError."""
        browser = client.browser
        proxy = {"proxyServer": spec.proxy, "proxyBypassList": PROXY_BYPASS}
        made = await browser.send("Target.createBrowserContext", proxy)
        context = str(made["browserContextId"])
        opened, _ = await asyncio.gather(
            browser.send("Target.createTarget", _blank(context)),
            browser.send(
                "Browser.setDownloadBehavior", {"behavior": "deny", "browserContextId": context}
            ),
        )
        target = str(opened["targetId"])
        attached = await browser.send(
            "Target.attachToTarget", {"targetId": target, "flatten": True}
        )
        tab = cls(client, context, target, client.session(str(attached["sessionId"])))
        await tab._dress(spec)
        return tab

    async def _dress(self, spec: PageSpec) -> None:
        send = self.session.send
        await asyncio.gather(
            send("Emulation.setScriptExecutionDisabled", {"value": not spec.javascript}),
            send("Emulation.setFocusEmulationEnabled", {"enabled": True}),
            send("Emulation.setLocaleOverride", {"locale": spec.locale}),
            send("Emulation.setTimezoneOverride", {"timezoneId": spec.timezone}),
            send(
                "Emulation.setUserAgentOverride",
                {"userAgent": spec.user_agent or "", "acceptLanguage": spec.locale},
            ),
        )

    def when_ended(self, ended: Callable[[], None]) -> None:
        """Call `ended` when the page's process crashes, and when its session ends."""
        self.session.on("Inspector.targetCrashed", lambda _: ended())
        self.session.when_ended(ended)

    async def close(self) -> None:
        """Close the page with its context. Raises ProtocolError."""
        await self._client.browser.send(
            "Target.disposeBrowserContext", {"browserContextId": self._context}
        )


def _blank(context: str) -> dict[str, Any]:
    return {
        "url": "about:blank",
        "browserContextId": context,
        "enableBeginFrameControl": True,
        "width": 1280,
        "height": 720,
    }
