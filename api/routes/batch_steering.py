"""What can be done with a batch that goes on, and with its items."""

from typing import Any

from api.batch_answers import BatchCancelled, BatchRetried, BatchStatus, ItemAnswer
from api.batch_models import MendBody
from api.routing import Call, Route
from core.errors import NotFoundError
from jobs.batch.errors import (
    BatchEndedError,
    BatchEndingError,
    ItemEndedError,
    ItemRunningError,
    NothingFailedError,
)
from templates_store.errors import VariableInvalidError, VariableRequiredError

__all__ = ["ROUTES"]


async def cancel_batch(call: Call[None, None]) -> BatchCancelled:
    """End a batch now."""
    return BatchCancelled.of(await call.parts.batches.cancel(call.workspace_id, call.path["id"]))


async def pause_batch(call: Call[None, None]) -> BatchStatus:
    """Begin no more items."""
    return BatchStatus.of(await call.parts.batches.pause(call.workspace_id, call.path["id"]))


async def resume_batch(call: Call[None, None]) -> BatchStatus:
    """Begin items again."""
    return BatchStatus.of(await call.parts.batches.resume(call.workspace_id, call.path["id"]))


async def approve_batch(call: Call[None, None]) -> BatchStatus:
    """Say yes to a proof."""
    return BatchStatus.of(await call.parts.batches.approve(call.workspace_id, call.path["id"]))


async def retry_batch(call: Call[None, None]) -> BatchRetried:
    """Render the failed items again."""
    return BatchRetried.after(*await call.parts.batches.retry(call.workspace_id, call.path["id"]))


async def get_item(call: Call[None, None]) -> ItemAnswer:
    """One item with the values of its row."""
    item = await call.parts.batches.item(call.workspace_id, call.path["id"], _index(call))
    return ItemAnswer.of(item)


async def mend_item(call: Call[MendBody, None]) -> BatchStatus:
    """Render one item with other variables."""
    batch = await call.parts.batches.mend(
        call.workspace_id, call.path["id"], _index(call), call.body.variables
    )
    return BatchStatus.of(batch)


async def cancel_item(call: Call[None, None]) -> BatchStatus:
    """End one item."""
    batch = await call.parts.batches.cancel_item(call.workspace_id, call.path["id"], _index(call))
    return BatchStatus.of(batch)


def _index(call: Call[Any, Any]) -> int:
    """The item's index. Raises NotFoundError for what is none."""
    text = call.path["index"]
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise NotFoundError(f"The batch has no item with the index '{text[:40]}'")
    return int(text)


_BATCH = "/templates/batch/{id}"

ROUTES = [
    Route(
        method="POST",
        path=f"{_BATCH}/cancel",
        handler=cancel_batch,
        summary="Cancel a batch",
        tag="batches",
        scope="batches",
        answer=BatchCancelled,
        errors=(NotFoundError, BatchEndedError),
    ),
    Route(
        method="POST",
        path=f"{_BATCH}/pause",
        handler=pause_batch,
        summary="Begin no more items of a batch",
        tag="batches",
        scope="batches",
        answer=BatchStatus,
        errors=(NotFoundError, BatchEndedError),
    ),
    Route(
        method="POST",
        path=f"{_BATCH}/resume",
        handler=resume_batch,
        summary="Go on with a paused batch",
        tag="batches",
        scope="batches",
        answer=BatchStatus,
        errors=(NotFoundError, BatchEndedError),
    ),
    Route(
        method="POST",
        path=f"{_BATCH}/approve",
        handler=approve_batch,
        summary="Say yes to a batch's proof",
        tag="batches",
        scope="batches",
        answer=BatchStatus,
        errors=(NotFoundError, BatchEndedError),
    ),
    Route(
        method="POST",
        path=f"{_BATCH}/retry",
        handler=retry_batch,
        summary="Render a batch's failed items again",
        tag="batches",
        scope="batches",
        answer=BatchRetried,
        errors=(NotFoundError, NothingFailedError, BatchEndingError),
    ),
    Route(
        method="GET",
        path=f"{_BATCH}/items/{{index}}",
        handler=get_item,
        summary="Read one item with the values of its row",
        tag="batches",
        scope="batches",
        answer=ItemAnswer,
        errors=(NotFoundError,),
    ),
    Route(
        method="PATCH",
        path=f"{_BATCH}/items/{{index}}",
        handler=mend_item,
        summary="Render one item with other variables, into the same batch",
        tag="batches",
        scope="batches",
        body=MendBody,
        answer=BatchStatus,
        errors=(
            NotFoundError,
            VariableRequiredError,
            VariableInvalidError,
            ItemRunningError,
            BatchEndingError,
        ),
    ),
    Route(
        method="POST",
        path=f"{_BATCH}/items/{{index}}/cancel",
        handler=cancel_item,
        summary="Cancel one item",
        tag="batches",
        scope="batches",
        answer=BatchStatus,
        errors=(NotFoundError, ItemEndedError, BatchEndedError),
    ),
]
