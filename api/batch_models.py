"""What the calls about batches take."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from api.capture_models import Quality, Surroundings, Version
from api.lists import PageListing
from api.models import Body, Whole
from api.variable_models import PlainText
from jobs.batch.states import BatchState, ItemState

__all__ = ["BatchBody", "ListQuery", "MendBody", "ResultsQuery", "SheetQuery"]

_NAMES_OF_STATES: dict[str, tuple[ItemState, ...]] = {
    "": ("completed", "failed"),
    "all": ("pending", "running", "completed", "failed", "cancelled"),
    "success": ("completed",),
    "completed": ("completed",),
    "error": ("failed",),
    "failed": ("failed",),
    "cancelled": ("cancelled",),
    "pending": ("pending",),
    "processing": ("running",),
    "running": ("running",),
}
_BATCH_STATES: tuple[BatchState, ...] = (
    "pending",
    "processing",
    "completed",
    "partial",
    "failed",
    "cancelled",
)


ColumnName = Annotated[str, Field(max_length=300)]
"""As long as a column's name in a table may be."""


def _item_status(value: str) -> str:
    if value.lower() not in _NAMES_OF_STATES:
        raise ValueError(f"must be one of {', '.join(filter(None, _NAMES_OF_STATES))}")
    return value.lower()


def _batch_status(value: str) -> str:
    unknown = [name for name in value.split(",") if name and name not in _BATCH_STATES]
    if unknown:
        raise ValueError(f"must be one or more of {', '.join(_BATCH_STATES)}, between commas")
    return value


Side = Annotated[Whole, Field(ge=10, description="CSS px, 10 to 4096.")]
LayoutName = Annotated[str, Field(max_length=64)]


class BatchBody(Surroundings):
    """Many renders of one template: rows inline, or a table that is given or fetched."""

    unsupported: ClassVar[tuple[str, ...]] = ("maxBytes",)

    variable_sets: list[dict[str, Any]] | None = Field(
        default=None, description="1 to 10,000 rows: an object of variables each."
    )
    csv: str | None = Field(
        default=None,
        description="A table as text, CSV or JSON Lines; its first line names the columns. In a "
        "multipart body it may be a file of the name `csv`, XLSX too.",
    )
    csv_url: str | None = Field(
        default=None, max_length=8192, description="Where such a table can be fetched, http(s)."
    )
    asset_id: PlainText | None = Field(
        default=None, max_length=64, description="An uploaded table: CSV, XLSX or JSON Lines."
    )
    mappings: dict[ColumnName, ColumnName] = Field(
        default_factory=dict,
        max_length=500,
        description="Variable -> column; without it columns have the names of variables.",
    )
    format: str | None = Field(default=None, max_length=20)
    file_extension: str | None = Field(default=None, max_length=20, description="As `format`.")
    quality: Quality | None = None
    width: Side | None = None
    height: Side | None = None
    layout: LayoutName | None = None
    layouts: list[LayoutName] = Field(
        default_factory=list, max_length=20, description="Each row is rendered in each of them."
    )
    version: Version | None = Field(default=None, description="Pinned now; else the published.")
    concurrency: Whole | None = Field(
        default=None, ge=1, le=10, description="Items at once; else as many as there are slots."
    )
    webhook_url: str | None = Field(
        default=None, max_length=2048, description="Is told when the batch ends."
    )
    filename: PlainText | None = Field(default=None, max_length=255)
    on_error: Literal["continue", "stop"] = Field(
        default="continue",
        description="stop: a row that does not fit refuses the whole, an item that fails ends it.",
    )
    priority: Whole = Field(
        default=0, ge=-10, le=10, description="Among the workspace's batches: higher goes first."
    )
    proof: Whole = Field(
        default=0,
        ge=0,
        le=60,
        description="Rows to render first, the longest, shortest and strangest; the others wait "
        "for `approve`.",
    )
    dry_run: bool = Field(
        default=False, description="Judge every row, answer with a report (200), render nothing."
    )
    stop_after_failures: Whole | None = Field(
        default=None, ge=1, le=10_000, description="Equal failures in a row that end the batch."
    )
    metadata: dict[str, Any] = Field(
        default_factory=dict, max_length=100, description="Comes back in events and results."
    )


class ResultsQuery(PageListing):
    """Which items."""

    sorts: ClassVar = {"index": "index"}
    key: ClassVar = "index"

    limit: Whole = Field(default=100, ge=1, le=1000)
    status: Annotated[str, AfterValidator(_item_status)] = Field(
        default="",
        description="completed, failed, cancelled, pending, processing or all; else what "
        "succeeded or failed.",
    )

    warning: str | None = Field(
        default=None,
        max_length=64,
        pattern="^[a-z0-9_]+$",
        description="Only items with a warning of this code; any for those that have one at all.",
    )

    @property
    def states(self) -> tuple[ItemState, ...]:
        """What the status means for the store."""
        return _NAMES_OF_STATES[self.status]


class MendBody(Body):
    """What one item is rendered with, instead of its row."""

    variables: dict[str, Any]


class SheetQuery(Body):
    """Which part of the pictures."""

    page: Whole = Field(default=1, ge=1, le=2000)


class ListQuery(PageListing):
    """Which batches."""

    status: Annotated[str, AfterValidator(_batch_status)] = ""

    @property
    def states(self) -> tuple[BatchState, ...]:
        """What the status means for the store."""
        return tuple(state for state in _BATCH_STATES if state in self.status.split(","))
