"""The place of one browser in the pool; browsers come and go in it."""

from egress.port import ProxyPort
from renderer.chromium.browser import Browser
from renderer.chromium.prepared_pages import PreparedPages
from renderer.chromium.warm_pages import WarmPages
from renderer.errors import EngineUnavailableError
from renderer.pool.need import Need

__all__ = ["Seat"]

_TRIES = 2
"""A start may fail once by chance, and when the driver of the one before has died."""


class Seat:
    """One browser, its kept pages, and the proxy's ports that are free: one for each free slot.

    `failures`: starts in a row that failed, or whose browser lived for seconds only. `refusals`:
    why the latest starts failed, empty once one has succeeded.
    """

    def __init__(self, number: int, ports: list[ProxyPort]) -> None:
        self.number = number
        self.free = ports
        self.browser: Browser | None = None
        self.warm: WarmPages | None = None
        self.prepared: PreparedPages | None = None
        self.failures = 0
        self.refusals: list[EngineUnavailableError] = []

    @property
    def alive(self) -> bool:
        """Whether there is a browser that renders may be given to."""
        return self.browser is not None and self.browser.alive

    @property
    def lost(self) -> bool:
        """Whether there is no browser, and none to be expected soon."""
        return not self.alive and len(self.refusals) >= _TRIES

    def rank(self, need: Need) -> tuple[int, int]:
        """How well a free slot of it would do: the more the better."""
        if need.own_context:
            return len(self.free), self._prepared_port() is not None
        return self.keeps_page(need), len(self.free)

    def keeps_page(self, need: Need) -> bool:
        """Whether a warm page that fits is idle here."""
        return self.warm is not None and need.page is not None and self.warm.has(need.page)

    def take_port(self, need: Need) -> ProxyPort:
        """A free port, the one with a page prepared for it if that is needed."""
        port = self._prepared_port()
        if port is None or not need.own_context:
            port = next((one for one in self.free if one is not port), port or self.free[0])
        self.free.remove(port)
        return port

    def _prepared_port(self) -> ProxyPort | None:
        pages = self.prepared
        return next((one for one in self.free if pages and pages.has(one.url)), None)
