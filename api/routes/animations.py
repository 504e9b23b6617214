"""Animations of raw HTML, of the web and of stored templates."""

from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from api.animation_models import GifAnswer, GifBody, GifEnvelope, GifList, GifMeta, GifRow
from api.call import Call
from api.capture_command import capture_command
from api.delivery import RENDER_HEADERS, Delivery, ResponseQuery, chosen_delivery
from api.named_format import named_format
from api.render_answers import made, row_values
from api.render_call import render_and_answer
from api.render_lists import WindowQuery, window
from api.render_problems import RENDER_PROBLEMS
from api.routing import Route
from core.clock import now_us
from core.errors import NotFoundError
from jobs.formats import FORMATS
from jobs.render.rendered import Rendered
from jobs.render.rows import RenderRow

__all__ = ["ROUTES"]


async def make_gif(call: Call[GifBody, ResponseQuery]) -> BaseModel | Response:
    """Make one animation and answer as it was asked for."""
    body = call.body
    named = named_format(body.file_extension, body.format, ("gif",))
    delivery = chosen_delivery(call, named, FORMATS["gif"], store=body.store, kinds=("gif",))
    command = capture_command(call, body, body.options(), width=body.width, height=body.height)
    return await render_and_answer(
        call, delivery, command, lambda done: _told(call, delivery, done)
    )


def _told(call: Call[Any, Any], delivery: Delivery, done: Rendered) -> GifAnswer:
    result = done.result
    gif = GifRow(
        **made(call, delivery, done),
        uid=done.id,
        animation_length=result.duration_ms or 0,
        frames_per_second=_whole_if_it_is(result.frames_per_second),
        frame_count=result.frames or 0,
    )
    meta = GifMeta(processing_time=(now_us() - call.accepted_us) // 1000)
    return GifAnswer(gif=gif, id=done.id, url=done.url, meta=meta)


async def list_gifs(call: Call[Any, WindowQuery]) -> GifList:
    """The workspace's animations, newest first."""
    rows, pagination = await window(call, "gif")
    return GifList(gifs=[_row(call, row) for row in rows], pagination=pagination)


async def get_gif(call: Call[Any, Any]) -> GifEnvelope:
    """One kept animation."""
    row = await call.parts.renders.get(call.workspace_id, call.path["id"], "gif")
    return GifEnvelope(gif=_row(call, row))


def _row(call: Call[Any, Any], row: RenderRow) -> GifRow:
    return GifRow(
        **row_values(call, row),
        uid=row.id,
        animation_length=row.duration_ms or 0,
        frames_per_second=_whole_if_it_is(row.frames_per_second),
        frame_count=row.frames or 0,
    )


def _whole_if_it_is(number: float | None) -> int | float:
    """15 for 15.0: clients of typed languages read whole frame rates as integers."""
    rate = number or 0
    return int(rate) if rate == int(rate) else rate


ROUTES: list[Route] = [
    Route(
        method="POST",
        path="/gif",
        handler=make_gif,
        summary="Make an animation of what moves in HTML, a web page or a template",
        tag="animations",
        body=GifBody,
        example={
            "html": "<style>@keyframes turn{to{rotate:1turn}}"
            "b{display:block;width:9em;height:9em;background:#f0653a;animation:turn 2s infinite}"
            "</style><b></b>",
            "width": 240,
            "height": 240,
        },
        query=ResponseQuery,
        answer=GifAnswer,
        media_types=("image/gif",),
        errors=RENDER_PROBLEMS,
        multipart=True,
        stops_with_client=True,
        answer_headers=RENDER_HEADERS,
    ),
    Route(
        method="GET",
        path="/gif",
        handler=list_gifs,
        summary="List the animations that were kept",
        tag="animations",
        query=WindowQuery,
        answer=GifList,
    ),
    Route(
        method="GET",
        path="/gif/{id}",
        handler=get_gif,
        summary="Get one kept animation",
        tag="animations",
        answer=GifEnvelope,
        errors=(NotFoundError,),
    ),
]
