"""Frames of other sites, and workers: the browser gives each a session of its own."""

from collections.abc import Callable, Mapping
from typing import Any

from renderer.chromium.pipe.client import PipeClient, PipeSession

__all__ = ["NestedFrames"]

_WATCH = {
    "autoAttach": True,
    "flatten": True,
    # It waits until it has been dressed, so that no script of it runs before.
    "waitForDebuggerOnStart": True,
}


class NestedFrames:
    """Lets `dress` send what the page itself was sent to each frame that has its own session.

    Workers are held with them, whatever is asked for, and go as they are.
    """

    def __init__(self, client: PipeClient, dress: Callable[[PipeSession], None]) -> None:
        self._client = client
        self._dress = dress
        self._inside: set[str] = set()

    def watch(self, session: PipeSession) -> Any:
        """Take care of the frames inside this session's; the awaitable is the browser's word."""
        session.on("Target.attachedToTarget", self._attached)
        session.on("Target.detachedFromTarget", self._detached)
        return session.send("Target.setAutoAttach", _WATCH)

    def forget(self) -> None:
        """The page has gone, and all inside it."""
        for identity in self._inside:
            self._client.forget(identity)
        self._inside.clear()

    def _attached(self, event: Mapping[str, Any]) -> None:
        identity = str(event["sessionId"])
        self._inside.add(identity)
        session = self._client.session(identity)
        if event["targetInfo"]["type"] == "iframe":
            unheard(self.watch(session))
            self._dress(session)
        unheard(session.send("Runtime.runIfWaitingForDebugger", {}))

    def _detached(self, event: Mapping[str, Any]) -> None:
        self._inside.discard(event["sessionId"])
        self._client.forget(event["sessionId"])


def unheard(answer: Any) -> None:
    """Nobody waits for this answer: the frame may go before it comes."""
    answer.add_done_callback(lambda done: done.cancelled() or done.exception())
