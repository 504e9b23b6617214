from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping

from core.clock import SECOND
from jobs.batch.states import BatchState

__all__ = ["AcceptedBatch", "Batch"]


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it stands. Moments are microseconds UTC.

    `run` counts from 1 and grows when failed items are tried again or rows are mended. `held`: it
    waits for a yes to its proof. `expires_us`: when all of it is swept, known at its end.

    `completed` + `failed` + `cancelled` + what waits or runs is `total`, at every moment; while
    `accepting`, `total` still grows. `code` and `error` say why the whole failed, if it did.
    """

    id: str
    workspace_id: str
    template_uid: str
    version: int
    state: BatchState
    accepting: bool
    total: int
    completed: int
    failed: int
    cancelled: int
    options: Mapping[str, Any]
    labels: Mapping[str, Any]
    filename: str | None
    code: str | None
    error: str | None
    priority: int
    held: bool
    paused_us: int | None
    run: int
    run_us: int | None
    run_base: int
    expires_us: int | None
    created_us: int
    started_us: int | None
    finished_us: int | None

    @classmethod
    def of_row(cls, row: RowMapping) -> "Batch":
        """From its row."""
        return cls(**{name: row[name] for name in cls.__dataclass_fields__})

    @property
    def ended(self) -> int:
        """How many items have ended, in whatever way."""
        return self.completed + self.failed + self.cancelled

    @property
    def progress(self) -> int:
        """Whole percent, rounded down: 100 means that all has ended."""
        if self.finished_us is not None:
            return 100
        return min(99, self.ended * 100 // self.total) if self.total else 0

    def seconds_left(self, now_us: int) -> int | None:
        """How long this run will go on at its pace so far; None while that is unknown."""
        done = self.ended - self.run_base
        if self.finished_us is not None or self.paused_us is not None or self.held:
            return None
        if self.run_us is None or self.accepting or done <= 0:
            return None
        return round(max(0, now_us - self.run_us) / done * (self.total - self.ended) / SECOND)


@dataclass(frozen=True, slots=True)
class AcceptedBatch:
    """What the caller of a new batch is told. The secret of its webhook is shown this once."""

    batch: Batch
    webhook_id: str | None = None
    webhook_secret: str | None = None
