"""The right to use one page of one browser."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from egress.port import ProxyPort
from renderer.chromium.browser import Browser
from renderer.chromium.prepared_pages import PreparedPages
from renderer.chromium.warm_pages import WarmPages
from renderer.pool.need import Need
from renderer.pool.seat import Seat

if TYPE_CHECKING:
    from renderer.pool.pool import Pool

__all__ = ["Slot"]


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """One place in one browser. `port` is the proxy's port for pages with their own traffic;
    `since` the event loop's time at which the render got it.
    """

    pool: "Pool"
    seat: Seat
    browser: Browser
    warm: WarmPages
    prepared: PreparedPages
    port: ProxyPort
    need: Need
    since: float
