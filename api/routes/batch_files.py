"""What comes out of a batch as a whole: events while it goes on, files at any time."""

from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response, StreamingResponse

from api.batch_answers import BatchStatus
from api.batch_models import SheetQuery
from api.delivery import SAFE_HEADERS
from api.event_stream import EventStream, ServerEvent
from api.routing import Call, Route
from core.errors import NotFoundError
from core.leaving import content_disposition
from jobs.batch.batch import Batch
from jobs.batch.errors import NothingMadeError
from jobs.batch.results.watch import Moment
from renderer.errors import PageLimitError

__all__ = ["ROUTES"]


async def get_events(call: Call[None, None]) -> Response:
    """The batch's counts whenever they change, until its end."""
    seen = call.header("last-event-id")
    batches, batch_id = call.parts.batches, call.path["id"]
    now = Moment.of(await batches.get(call.workspace_id, batch_id))
    if now.last and now.id == seen:
        return Response(status_code=204)  # the client was told the end: it shall not come back
    return EventStream(_events(batches.watch(call.workspace_id, batch_id, seen)))


async def get_archive(call: Call[None, None]) -> Response:
    """Everything that the batch has made so far."""
    batch = await call.parts.batches.get(call.workspace_id, call.path["id"])
    return _stream(call, batch, call.parts.batches.files.archive(batch), "zip")


async def get_report(call: Call[None, None]) -> Response:
    """Every item as a line of a table."""
    batch = await call.parts.batches.get(call.workspace_id, call.path["id"])
    return _stream(call, batch, call.parts.batches.files.report(batch), "csv")


async def get_merged(call: Call[None, None]) -> Response:
    """All documents as one."""
    batch = await call.parts.batches.get(call.workspace_id, call.path["id"])
    data = await call.parts.batches.files.merged(batch)
    return Response(data, media_type="application/pdf", headers=_headers(batch, "pdf"))


async def get_sheet(call: Call[None, SheetQuery]) -> Response:
    """Thumbnails of the pictures."""
    batch = await call.parts.batches.get(call.workspace_id, call.path["id"])
    data = await call.parts.batches.files.contact_sheet(batch, call.query.page)
    return Response(data, media_type="image/png", headers=_headers(batch, "png"))


async def _events(moments: AsyncIterator[Moment]) -> AsyncIterator[ServerEvent]:
    async for moment in moments:
        status = BatchStatus.of(moment.batch)
        yield ServerEvent(_type(moment), moment.id, status.model_dump_json(by_alias=True))


def _type(moment: Moment) -> str:
    """The webhooks' name of the end, or `batch.progress`."""
    if not moment.last:
        return "batch.progress"
    state = moment.batch.state
    return "batch.completed" if state == "partial" else f"batch.{state}"


_TYPES = {"zip": "application/zip", "csv": "text/csv; charset=utf-8"}


def _stream(
    call: Call[Any, Any], batch: Batch, body: AsyncIterator[bytes], extension: str
) -> Response:
    headers, media_type = _headers(batch, extension), _TYPES[extension]
    if call.request.method == "HEAD":
        return Response(headers=headers, media_type=media_type)
    return StreamingResponse(body, headers=headers, media_type=media_type)


def _headers(batch: Batch, extension: str) -> dict[str, str]:
    return {
        **SAFE_HEADERS,
        "Cache-Control": "private, no-store",
        "Content-Disposition": content_disposition("attachment", f"{batch.id}.{extension}"),
    }


_BATCH = "/templates/batch/{id}"

ROUTES = [
    Route(
        method="GET",
        path=f"{_BATCH}/events",
        handler=get_events,
        summary="Follow a batch by server-sent events",
        tag="batches",
        scope="batches",
        media_types=("text/event-stream",),
        errors=(NotFoundError,),
        request_headers={"Last-Event-ID": "The last event that is known; 204 when it was the end."},
    ),
    Route(
        method="GET",
        path=f"{_BATCH}/archive.zip",
        handler=get_archive,
        summary="Get everything that a batch has made, with a manifest",
        tag="batches",
        scope="batches",
        media_types=("application/zip",),
        errors=(NotFoundError,),
    ),
    Route(
        method="GET",
        path=f"{_BATCH}/report.csv",
        handler=get_report,
        summary="Get a table of a batch's items",
        tag="batches",
        scope="batches",
        media_types=("text/csv",),
        errors=(NotFoundError,),
    ),
    Route(
        method="GET",
        path=f"{_BATCH}/merged.pdf",
        handler=get_merged,
        summary="Get a batch's documents as one PDF",
        tag="batches",
        scope="batches",
        media_types=("application/pdf",),
        errors=(NotFoundError, NothingMadeError, PageLimitError),
    ),
    Route(
        method="GET",
        path=f"{_BATCH}/contact-sheet.png",
        handler=get_sheet,
        summary="Get thumbnails of a batch's pictures",
        tag="batches",
        scope="batches",
        query=SheetQuery,
        media_types=("image/png",),
        errors=(NotFoundError, NothingMadeError),
    ),
]
