"""What a render asks of the pool."""

from dataclasses import dataclass

from renderer.request import Lane

__all__ = ["Need"]


@dataclass(frozen=True, slots=True)
class Need:
    """One slot for one render. `cost`: 1 for a small picture. `own_context`: it needs a page
    that nobody had before. `gear`: with what only Playwright gives it. `seconds`: how long it can
    wait at most; None: as long as it takes.
    """

    lane: Lane
    workspace: str
    cost: float = 1.0
    own_context: bool = False
    gear: bool = False
    seconds: float | None = None
