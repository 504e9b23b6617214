from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.outbox import Event
from jobs.batch.command import ItemOptions
from jobs.render.life import RenderLife

__all__ = ["Again", "ClaimedItem", "Done", "Failed", "Outcome"]


@dataclass(frozen=True, slots=True)
class ClaimedItem:
    """An item that this worker holds. Only who knows `token` may write its result.

    `variables`: its own, when it was mended; else its row's. `goes_first`: it waits for no yes.
    """

    batch_id: str
    workspace_id: str
    index: int
    row_number: int
    layout: str | None
    attempt: int
    token: str
    template_uid: str
    version: int
    options: ItemOptions
    accepted_us: int
    variables: Mapping[str, Any] | None = None
    goes_first: bool = False

    @property
    def key(self) -> tuple[str, int]:
        """What names the item among all."""
        return self.batch_id, self.index


@dataclass(frozen=True, slots=True)
class Done:
    """The item was rendered: columns of its row, and the render whose rows are to be written."""

    values: Mapping[str, Any]
    life: RenderLife | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The item will never be rendered: a stable code, a text for people, and what is told of it."""

    code: str
    error: str
    event: Event | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """The item goes back, to be taken after `delay` seconds; `counted`: a try was used up."""

    delay: float = 0.0
    counted: bool = True


Outcome = Done | Failed | Again
