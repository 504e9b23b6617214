"""The ports through which a browser and its pages are driven, whoever speaks with it."""

import base64
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from renderer.chromium.page_spec import PageSpec

__all__ = ["Control", "ProtocolError", "Session", "Tab", "binary"]


class ProtocolError(Exception):
    """The browser refused a call. `closed`: page or browser cannot be asked any more."""

    def __init__(self, message: str, *, closed: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.closed = closed

    @property
    def navigated(self) -> bool:
        """Whether the document that was asked had just gone, since the page went elsewhere."""
        return "navigated" in self.message or "context was destroyed" in self.message


def binary(value: bytes | str) -> bytes:
    """What the protocol calls binary: in JSON it comes as base64."""
    return value if isinstance(value, bytes) else base64.b64decode(value)


class Session(Protocol):
    """Calls to one target, and its events. What the protocol calls binary are bytes, both ways
    (`binary` for what comes).
    """

    def send(self, method: str, parameters: Mapping[str, Any]) -> Awaitable[Any]:
        """Call a method; the awaitable is its result. Raises ProtocolError."""
        ...

    def on(self, event: str, handler: Callable[[dict[str, Any]], None]) -> None:
        """Call `handler` with the parameters of each event of this name."""
        ...

    def off(self, event: str, handler: Callable[[dict[str, Any]], None]) -> None:
        """Stop calling `handler`."""
        ...


class Tab(Protocol):
    """A page in a context of its own, as whoever opened it knows it."""

    @property
    def session(self) -> Session:
        """The protocol's session with the page."""
        ...

    @property
    def frame_id(self) -> str:
        """The protocol's id of the main frame."""
        ...

    def when_ended(self, ended: Callable[[], None]) -> None:
        """Call `ended` whenever the page crashes or closes, whoever did it."""
        ...

    async def close(self) -> None:
        """Close the page with its context. Raises ProtocolError."""
        ...


class Control(Protocol):
    """A running browser, as whoever started it knows it."""

    @property
    def version(self) -> str:
        """Such as 156.0.8078.79."""
        ...

    async def open_tab(self, spec: PageSpec) -> Tab:
        """A blank page under begin-frame control in a context of its own. Raises ProtocolError."""
        ...

    async def ping(self) -> None:
        """Ask the browser for an answer, any answer. Raises ProtocolError."""
        ...

    async def close(self) -> None:
        """End the browser in good order. Raises ProtocolError."""
        ...
