"""Documents of raw HTML, of the web and of stored templates."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from api.call import Call
from api.capture_command import capture_command, multi_page_command
from api.delivery import (
    RENDER_HEADERS,
    Delivery,
    ResponseQuery,
    chosen_delivery,
)
from api.document_models import (
    MultiPageBody,
    PageSize,
    PdfAnswer,
    PdfBody,
    PdfEnvelope,
    PdfList,
    PdfRow,
    PresetAnswer,
    PresetsAnswer,
)
from api.render_answers import made, row_values
from api.render_call import render_and_answer
from api.render_lists import WindowQuery, window
from api.render_problems import RENDER_PROBLEMS
from api.routing import Route
from core.errors import NotFoundError
from jobs.formats import FORMATS
from jobs.pdf_presets import PDF_PRESETS, PX_TO_PT, PdfPreset, preset_of
from jobs.render.rendered import Rendered
from jobs.render.rows import RenderRow

__all__ = ["ROUTES"]

_MM_PER_PT = 25.4 / 72


async def make_pdf(call: Call[PdfBody, ResponseQuery]) -> BaseModel | Response:
    """Make one document and answer as it was asked for."""
    delivery = _delivery(call, store=call.body.store)
    command = capture_command(call, call.body, call.body.document())
    return await render_and_answer(call, delivery, command, _told(call, delivery))


async def make_multi_page(call: Call[MultiPageBody, ResponseQuery]) -> BaseModel | Response:
    """Make one document of many sets of variables."""
    delivery = _delivery(call, store=call.body.store)
    command = multi_page_command(call, call.body)
    return await render_and_answer(call, delivery, command, _told(call, delivery))


async def list_pdfs(call: Call[Any, WindowQuery]) -> PdfList:
    """The workspace's documents, newest first."""
    rows, pagination = await window(call, "pdf")
    return PdfList(pdfs=[_row(call, row) for row in rows], pagination=pagination)


async def get_pdf(call: Call[Any, Any]) -> PdfEnvelope:
    """One kept document."""
    row = await call.parts.renders.get(call.workspace_id, call.path["id"], "pdf")
    return PdfEnvelope(pdf=_row(call, row))


async def list_presets(call: Call[Any, Any]) -> PresetsAnswer:
    """Every named page size."""
    return PresetsAnswer(presets={preset.name: _preset(preset) for preset in PDF_PRESETS})


def _delivery(call: Call[Any, ResponseQuery], *, store: bool) -> Delivery:
    return chosen_delivery(call, FORMATS["pdf"], FORMATS["pdf"], store=store, kinds=("pdf",))


def _told(call: Call[Any, Any], delivery: Delivery) -> Callable[[Rendered], PdfAnswer]:
    def told(done: Rendered) -> PdfAnswer:
        preset = preset_of(done.result.width, done.result.height)
        return PdfAnswer(
            **_document(made(call, delivery, done)),
            uid=done.id,
            page_count=done.result.pages or 0,
            page_size=_page_size(done.result.width, done.result.height),
            preset=preset.name if preset else "custom",
        )

    return told


def _row(call: Call[Any, Any], row: RenderRow) -> PdfRow:
    return PdfRow(
        **_document(row_values(call, row)),
        uid=row.id,
        page_count=row.pages or 0,
        page_size=_page_size(row.width, row.height),
    )


def _page_size(width: int, height: int) -> PageSize:
    """Points, those of the preset where the sheet is one."""
    preset = preset_of(width, height)
    if preset is None:
        return PageSize(width=width, height=height)
    return PageSize(width=round(preset.width_pt), height=round(preset.height_pt))


def _document(values: dict[str, Any]) -> dict[str, Any]:
    """The members that documents share with pictures: no width, no height, no format."""
    return {
        name: value for name, value in values.items() if name not in {"width", "height", "format"}
    }


def _preset(preset: PdfPreset) -> PresetAnswer:
    return PresetAnswer(
        name=preset.name,
        width=round(preset.width_pt),
        height=round(preset.height_pt),
        width_px=round(preset.width_pt / PX_TO_PT),
        height_px=round(preset.height_pt / PX_TO_PT),
        width_mm=round(preset.width_pt * _MM_PER_PT, 1),
        height_mm=round(preset.height_pt * _MM_PER_PT, 1),
    )


ROUTES: list[Route] = [
    Route(
        method="POST",
        path="/pdf/render",
        handler=make_pdf,
        summary="Make a document of a template, of HTML or of a web page",
        tag="documents",
        body=PdfBody,
        example={
            "html": "<h1>Invoice</h1>",
            "options": {"preset": "A4", "margins": 40, "title": "Invoice"},
        },
        query=ResponseQuery,
        answer=PdfAnswer,
        media_types=("application/pdf",),
        errors=RENDER_PROBLEMS,
        multipart=True,
        stops_with_client=True,
        answer_headers=RENDER_HEADERS,
    ),
    Route(
        method="POST",
        path="/pdf/multi-page",
        handler=make_multi_page,
        summary="Make one document with a section for each set of variables",
        tag="documents",
        body=MultiPageBody,
        example={
            "html": "<h1>{{ name }}</h1>",
            "variableSets": [{"name": "Ada"}, {"name": "Grace"}],
            "options": {"preset": "A5", "landscape": True},
        },
        query=ResponseQuery,
        answer=PdfAnswer,
        media_types=("application/pdf",),
        errors=RENDER_PROBLEMS,
        stops_with_client=True,
        answer_headers=RENDER_HEADERS,
    ),
    Route(
        method="GET",
        path="/pdf/presets",
        handler=list_presets,
        summary="List the named page sizes",
        tag="documents",
        answer=PresetsAnswer,
    ),
    Route(
        method="GET",
        path="/pdf",
        handler=list_pdfs,
        summary="List the documents that were kept",
        tag="documents",
        query=WindowQuery,
        answer=PdfList,
    ),
    Route(
        method="GET",
        path="/pdf/{id}",
        handler=get_pdf,
        summary="Get one kept document",
        tag="documents",
        answer=PdfEnvelope,
        errors=(NotFoundError,),
    ),
]
