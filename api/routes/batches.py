"""Many renders of one template at once: accepted, watched, cancelled."""

from typing import Any

from starlette.responses import Response

from api.batch_answers import (
    BatchAccepted,
    BatchList,
    BatchResults,
    BatchStatus,
)
from api.batch_models import BatchBody, ListQuery, ResultsQuery
from api.batch_report import BatchReportAnswer
from api.named_format import named_format
from api.routing import Call, Route
from core.clock import from_iso
from core.errors import FieldError, NotFoundError, ValidationError
from egress.errors import BlockedAddressError, FetchFailedError
from jobs.batch.command import CsvSource, InlineSource, NewBatch, Source
from jobs.batch.errors import RowsRefusedError

__all__ = ["ROUTES"]


async def create_batch(call: Call[BatchBody, None]) -> BatchAccepted | Response:
    """Accept a batch of renders of one template, or say what would become of it."""
    new = await _new_batch(call)
    if call.body.dry_run:
        report = await call.parts.batches.check(call.workspace_id, new)
        text = BatchReportAnswer.of(report).model_dump_json(by_alias=True)
        return Response(text, media_type="application/json")
    accepted = await call.parts.batches.create(call.workspace_id, new)
    base = call.parts.settings.base_url
    call.headers["Location"] = f"{base}/templates/batch/{accepted.batch.id}/results"
    return BatchAccepted.of(accepted)


async def list_batches(call: Call[None, ListQuery]) -> BatchList:
    """A page of the workspace's batches."""
    asked = call.query
    found = await call.parts.batches.list(
        call.workspace_id, states=asked.states, window=asked.window()
    )
    batches, pagination = asked.turned(*found)
    return BatchList(batches=[BatchStatus.of(one) for one in batches], pagination=pagination)


async def get_batch(call: Call[None, None]) -> BatchStatus:
    """How a batch stands, without its items."""
    return BatchStatus.of(await call.parts.batches.get(call.workspace_id, call.path["id"]))


async def get_results(call: Call[None, ResultsQuery]) -> BatchResults:
    """How a batch stands, with a page of its items."""
    asked = call.query
    found = await call.parts.batches.results(
        call.workspace_id,
        call.path["id"],
        states=asked.states,
        warning=asked.warning,
        window=asked.window(),
    )
    items, pagination = asked.turned(found.items, found.total)
    return BatchResults.of_page(found.batch, items, pagination)


async def _new_batch(call: Call[BatchBody, None]) -> NewBatch:
    body = call.body
    named = named_format(body.file_extension, body.format, ("image", "gif", "pdf"))
    return NewBatch(
        template_uid=call.path["uid"],
        source=await _source(call),
        format=named.name if named else None,
        quality=body.quality,
        width=body.width,
        height=body.height,
        layout=body.layout,
        layouts=_layouts(body),
        locale=body.locale,
        timezone=body.timezone,
        now_us=None if body.now is None else from_iso(body.now),
        timeout=_timeout(call),
        expires_in=_kept(body),
        version=body.version,
        concurrency=body.concurrency,
        webhook_url=body.webhook_url,
        filename=body.filename,
        on_error=body.on_error,
        priority=body.priority,
        proof=body.proof,
        stop_after_failures=body.stop_after_failures,
        fail_on_warnings=tuple(body.fail_on_warnings),
        on_missing=body.on_missing,
        labels=body.metadata,
        reach=call.principal.reach,
    )


async def _source(call: Call[BatchBody, None]) -> Source:
    """The rows, from exactly one place. Raises ValidationError, NotFoundError for an asset."""
    body = call.body
    file = call.files.get("csv") or next(iter(call.files.values()), None)
    given: dict[str, Any] = {
        "variableSets": body.variable_sets,
        "csvUrl": body.csv_url,
        "csv": body.csv if body.csv is not None else file,
        "assetId": body.asset_id,
    }
    named = [name for name, value in given.items() if value is not None]
    if len(named) != 1:
        message = "Send exactly one of variableSets, csvUrl, csv and assetId" + (
            f", not {' and '.join(named)} together" if named else ""
        )
        raise ValidationError(
            message, fields=[FieldError(name, message, "exactly_one") for name in named or given]
        )
    if body.variable_sets is not None:
        return InlineSource(body.variable_sets)
    if body.csv_url is not None:
        return CsvSource(url=body.csv_url, mappings=body.mappings)
    if body.asset_id is not None:
        return CsvSource(data=await _table(call, body.asset_id), mappings=body.mappings)
    text = body.csv
    data = file if text is None else text.encode("utf-8", "replace")
    return CsvSource(data=data, mappings=body.mappings)


async def _table(call: Call[BatchBody, None], uid: str) -> bytes:
    asset = await call.parts.assets.get(call.workspace_id, uid)
    if asset.kind != "data":
        raise ValidationError.of(
            "assetId",
            f"assetId names '{asset.name}', which is no table but of the kind "
            f"{asset.kind}: name a CSV, XLSX or JSON Lines",
            "invalid_table",
        )
    return await call.parts.assets.read(asset)


def _layouts(body: BatchBody) -> tuple[str, ...]:
    if body.layout is not None and body.layouts:
        raise ValidationError.of(
            "layouts", "layout and layouts are the same thing: send one of them", "contradiction"
        )
    return tuple(dict.fromkeys(body.layouts))


def _timeout(call: Call[BatchBody, None]) -> float | None:
    """Seconds of each item. Raises ValidationError over the limit."""
    timeout = call.body.timeout
    most = call.parts.renders.settings.max_batch_timeout
    if timeout is not None and timeout > most * 1000:
        raise ValidationError.of(
            "timeout",
            f"timeout is milliseconds for each item, and at most {round(most * 1000)} of them",
            "out_of_range",
        )
    return None if timeout is None else timeout / 1000


def _kept(body: BatchBody) -> int | None:
    if not body.store:
        raise ValidationError.of(
            "store",
            "store must be true: a batch keeps its results; send expiresIn for a short life",
            "contradiction",
        )
    return body.expires_in


ROUTES = [
    Route(
        method="POST",
        path="/templates/{uid}/batch-render",
        handler=create_batch,
        summary="Render a template for many rows of data",
        tag="batches",
        scope="batches",
        body=BatchBody,
        answer=BatchAccepted,
        status=202,
        also={200: BatchReportAnswer},
        multipart=True,
        errors=(NotFoundError, RowsRefusedError, BlockedAddressError, FetchFailedError),
        answer_headers={"Location": "The URL of the results."},
    ),
    Route(
        method="GET",
        path="/templates/batch",
        handler=list_batches,
        summary="List batches",
        tag="batches",
        scope="batches",
        query=ListQuery,
        answer=BatchList,
    ),
    Route(
        method="GET",
        path="/templates/batch/{id}",
        handler=get_batch,
        summary="How a batch stands",
        tag="batches",
        scope="batches",
        answer=BatchStatus,
        errors=(NotFoundError,),
    ),
    Route(
        method="GET",
        path="/templates/batch/{id}/results",
        handler=get_results,
        summary="How a batch stands, with its results",
        tag="batches",
        scope="batches",
        query=ResultsQuery,
        answer=BatchResults,
        errors=(NotFoundError,),
    ),
]
