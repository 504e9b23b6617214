"""Batches on the wire."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from api.capture_models import Quality, Surroundings, Version
from api.models import Answer, Body, Omitted, Pagination, Whole
from api.render_answers import WarningAnswer
from core.clock import to_iso
from jobs.batch.batch import AcceptedBatch, Batch
from jobs.batch.results import ItemResult, ResultsPage
from jobs.batch.states import BatchState, ItemState

__all__ = [
    "BatchAccepted",
    "BatchBody",
    "BatchCancelled",
    "BatchList",
    "BatchResults",
    "BatchStatus",
    "ListQuery",
    "ResultsQuery",
]

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

    unsupported: ClassVar[tuple[str, ...]] = (
        "assetId",
        "dryRun",
        "failOnWarnings",
        "maxBytes",
        "priority",
        "proof",
    )

    variable_sets: list[dict[str, Any]] | None = Field(
        default=None, description="1 to 10,000 rows: an object of variables each."
    )
    csv: str | None = Field(
        default=None,
        description="A table as text; its first line names the columns. In a multipart body it may "
        "be a file of the name `csv`.",
    )
    csv_url: str | None = Field(
        default=None, max_length=8192, description="Where such a table can be fetched, http(s)."
    )
    mappings: dict[str, str] = Field(
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
    filename: str | None = Field(default=None, max_length=255)
    on_error: Literal["continue", "stop"] = Field(
        default="continue",
        description="stop: a row that does not fit refuses the whole, an item that fails ends it.",
    )
    metadata: dict[str, Any] = Field(
        default_factory=dict, max_length=100, description="Comes back in events and results."
    )


class ResultsQuery(Body):
    """Which items."""

    page: Whole = Field(default=1, ge=1, le=1_000_000)
    limit: Whole = Field(default=100, ge=1, le=1000)
    status: Annotated[str, AfterValidator(_item_status)] = Field(
        default="",
        description="completed, failed, cancelled, pending, processing or all; else what "
        "succeeded or failed.",
    )

    @property
    def states(self) -> tuple[ItemState, ...]:
        """What the status means for the store."""
        return _NAMES_OF_STATES[self.status]


class ListQuery(Body):
    """Which batches."""

    page: Whole = Field(default=1, ge=1, le=1_000_000)
    limit: Whole = Field(default=20, ge=1, le=100)
    status: Annotated[str, AfterValidator(_batch_status)] = ""

    @property
    def states(self) -> tuple[BatchState, ...]:
        """What the status means for the store."""
        return tuple(state for state in _BATCH_STATES if state in self.status.split(","))


class BatchAccepted(Answer):
    """A batch that will end, whatever happens. Its webhook's secret is shown this once."""

    batch_id: str
    id: str
    status: BatchState
    total_items: int
    total_count: int
    completed_count: int
    failed_count: int
    template_uid: str
    version: int
    message: str
    created_at: str
    webhook_subscription_id: str | None = Omitted
    webhook_secret: str | None = Omitted

    @classmethod
    def of(cls, accepted: AcceptedBatch) -> "BatchAccepted":
        """From the work's floor."""
        batch = accepted.batch
        return cls(
            batch_id=batch.id,
            id=batch.id,
            status=batch.state,
            total_items=batch.total,
            total_count=batch.total,
            completed_count=batch.completed,
            failed_count=batch.failed,
            template_uid=batch.template_uid,
            version=batch.version,
            message=_message(batch),
            created_at=to_iso(batch.created_us),
            webhook_subscription_id=accepted.webhook_id,
            webhook_secret=accepted.webhook_secret,
        )


class BatchStatus(Answer):
    """How a batch stands. completed + failed + cancelled + what waits or runs is the total."""

    batch_id: str
    id: str
    status: BatchState
    progress: int = Field(description="Whole percent.")
    total_items: int
    total_count: int
    completed_items: int
    completed_count: int
    failed_items: int
    failed_count: int
    cancelled_items: int
    cancelled_count: int
    accepting: bool = Field(description="Rows are still being read: the total grows.")
    template_uid: str
    version: int
    filename: str | None = Omitted
    metadata: dict[str, Any]
    code: str | None = Field(
        default=None,
        description="Why the batch as a whole failed.",
        exclude_if=lambda value: value is None,
    )
    error: str | None = Omitted
    created_at: str
    started_at: str | None = Omitted
    completed_at: str | None = Omitted

    @classmethod
    def of(cls, batch: Batch) -> "BatchStatus":
        """From the work's floor."""
        return cls(**status_members(batch))


class BatchCancelled(BatchStatus):
    """A batch that was cancelled; what had been made is kept."""

    message: str

    @classmethod
    def of(cls, batch: Batch) -> "BatchCancelled":
        """From the work's floor."""
        text = f"The batch was cancelled: {batch.cancelled} of {batch.total} items are not made"
        return cls(**status_members(batch), message=text)


class ResultItem(Answer):
    """An item that was rendered. `variables` are the names that its row gave."""

    index: int
    row: int = Field(description="From 0, in the rows as they were sent.")
    success: Literal[True] = True
    variables: list[str]
    layout: str | None = Omitted
    url: str | None
    id: str | None
    artifact_id: str | None
    width: int | None
    height: int | None
    format: str | None
    size: int | None = Field(description="Bytes.")
    page_count: int | None = Omitted
    warnings: list[WarningAnswer]

    @classmethod
    def of(cls, item: ItemResult) -> "ResultItem":
        """From the work's floor."""
        return cls(
            index=item.index,
            row=item.row,
            variables=list(item.variables),
            layout=item.layout,
            url=item.url,
            id=item.render_id,
            artifact_id=item.artifact_id,
            width=item.width,
            height=item.height,
            format=item.format,
            size=item.size,
            page_count=item.pages,
            warnings=[WarningAnswer(**warning) for warning in item.warnings],
        )


class ErrorItem(Answer):
    """An item that was not rendered, and why; `status` tells failed from not yet."""

    index: int
    row: int
    success: Literal[False] = False
    status: ItemState
    variables: list[str]
    layout: str | None = Omitted
    error: str
    code: str

    @classmethod
    def of(cls, item: ItemResult) -> "ErrorItem":
        """From the work's floor."""
        return cls(
            index=item.index,
            row=item.row,
            status=item.state,
            variables=list(item.variables),
            layout=item.layout,
            error=item.error or f"The item is {item.state}",
            code=item.code or item.state,
        )


class BatchResults(BatchStatus):
    """A page of items by their index, over both lists together."""

    results: list[ResultItem]
    errors: list[ErrorItem]
    pagination: Pagination

    @classmethod
    def of_page(cls, found: ResultsPage, page: int, limit: int) -> "BatchResults":
        """From the work's floor."""
        return cls(
            **status_members(found.batch),
            results=[ResultItem.of(item) for item in found.items if item.state == "completed"],
            errors=[ErrorItem.of(item) for item in found.items if item.state != "completed"],
            pagination=Pagination.of(page, limit, found.total),
        )


class BatchList(Answer):
    """A page of batches, newest first."""

    batches: list[BatchStatus]
    pagination: Pagination


def status_members(batch: Batch) -> dict[str, Any]:
    """The members of BatchStatus."""
    return {
        "batch_id": batch.id,
        "id": batch.id,
        "status": batch.state,
        "progress": batch.progress,
        "total_items": batch.total,
        "total_count": batch.total,
        "completed_items": batch.completed,
        "completed_count": batch.completed,
        "failed_items": batch.failed,
        "failed_count": batch.failed,
        "cancelled_items": batch.cancelled,
        "cancelled_count": batch.cancelled,
        "accepting": batch.accepting,
        "template_uid": batch.template_uid,
        "version": batch.version,
        "filename": batch.filename,
        "metadata": dict(batch.labels),
        "code": batch.code,
        "error": batch.error,
        "created_at": to_iso(batch.created_us),
        "started_at": batch.started_us and to_iso(batch.started_us),
        "completed_at": batch.finished_us and to_iso(batch.finished_us),
    }


def _message(batch: Batch) -> str:
    if batch.accepting:
        return "The batch was accepted; its rows are being read"
    return f"The batch was accepted with {batch.total} items"
