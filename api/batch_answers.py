"""What the calls about batches give."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from api.models import Answer, Omitted, Pagination
from api.render_answers import WarningAnswer
from core.clock import now_us, to_iso
from jobs.batch.batch import AcceptedBatch, Batch
from jobs.batch.results.page import ItemResult
from jobs.batch.states import BatchState, ItemState

__all__ = [
    "BatchAccepted",
    "BatchCancelled",
    "BatchList",
    "BatchResults",
    "BatchRetried",
    "BatchStatus",
    "ItemAnswer",
    "status_members",
]


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
    paused: bool = Field(description="No item is begun until it is resumed.")
    awaiting_approval: bool = Field(description="It goes on after its proof when approved.")
    run: int = Field(description="1; more when failed items are tried again or rows are mended.")
    priority: int
    estimated_seconds_left: int | None = Omitted
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
    expires_at: str | None = Omitted

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


class BatchRetried(BatchStatus):
    """A batch whose failed items wait again."""

    message: str
    retried_items: int

    @classmethod
    def after(cls, batch: Batch, count: int) -> "BatchRetried":
        """From the work's floor."""
        text = f"{count} failed item{'' if count == 1 else 's'} will be rendered again"
        return cls(**status_members(batch), message=text, retried_items=count)


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
    mended: bool = Field(description="It was rendered with other variables than its row's.")
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
            mended=item.mended,
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


class ItemAnswer(Answer):
    """One item with the values of its row, as the item is rendered or would be."""

    index: int
    row: int
    status: ItemState
    layout: str | None = Omitted
    values: dict[str, Any] = Field(description="By variable; what `PATCH` takes as `variables`.")
    mended: bool
    url: str | None = Omitted
    error: str | None = Omitted
    code: str | None = Omitted

    @classmethod
    def of(cls, item: ItemResult) -> "ItemAnswer":
        """From the work's floor."""
        return cls(
            index=item.index,
            row=item.row,
            status=item.state,
            layout=item.layout,
            values=dict(item.values),
            mended=item.mended,
            url=item.url,
            error=item.error,
            code=item.code,
        )


class BatchResults(BatchStatus):
    """A page of items by their index, over both lists together."""

    results: list[ResultItem]
    errors: list[ErrorItem]
    pagination: Pagination

    @classmethod
    def of_page(
        cls, batch: Batch, items: Sequence[ItemResult], pagination: Pagination
    ) -> "BatchResults":
        """From the work's floor."""
        return cls(
            **status_members(batch),
            results=[ResultItem.of(item) for item in items if item.state == "completed"],
            errors=[ErrorItem.of(item) for item in items if item.state != "completed"],
            pagination=pagination,
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
        "paused": batch.paused_us is not None,
        "awaiting_approval": batch.held,
        "run": batch.run,
        "priority": batch.priority,
        "estimated_seconds_left": batch.seconds_left(now_us()),
        "template_uid": batch.template_uid,
        "version": batch.version,
        "filename": batch.filename,
        "metadata": dict(batch.labels),
        "code": batch.code,
        "error": batch.error,
        "created_at": to_iso(batch.created_us),
        "started_at": batch.started_us and to_iso(batch.started_us),
        "completed_at": batch.finished_us and to_iso(batch.finished_us),
        "expires_at": batch.expires_us and to_iso(batch.expires_us),
    }


def _message(batch: Batch) -> str:
    if batch.accepting:
        return "The batch was accepted; its rows are being read"
    return f"The batch was accepted with {batch.total} item{'' if batch.total == 1 else 's'}"
