"""What a render asks of the pool."""

from dataclasses import dataclass

from renderer.chromium.warm_pages import PageKey
from renderer.request import Lane

__all__ = ["Need"]


@dataclass(frozen=True, slots=True)
class Need:
    """One slot for one render. `cost`: 1 for a small picture. `page`: which warm page will do;
    None: it needs a page that nobody had before. `gear`: with what only Playwright gives it.
    `seconds`: how long it can wait at most; None: as long as it takes.
    """

    lane: Lane
    workspace: str
    cost: float = 1.0
    page: PageKey | None = None
    gear: bool = False
    seconds: float | None = None

    @property
    def own_context(self) -> bool:
        """Whether no warm page will do."""
        return self.page is None
