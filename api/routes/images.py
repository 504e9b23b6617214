"""Pictures of raw HTML, of the web and of stored templates."""

from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from api.call import Call
from api.capture_command import capture_command, common_members
from api.delivery import RENDER_HEADERS, ResponseQuery, chosen_delivery
from api.image_models import CanvasBody, ImageAnswer, ImageBody, ImageEnvelope, ImageList, ImageRow
from api.inline_canvas import drawn_size
from api.named_format import named_format
from api.render_answers import made, row_values
from api.render_call import render_and_answer
from api.render_lists import WindowQuery, window
from api.render_problems import RENDER_PROBLEMS
from api.routing import Route
from core.errors import NotFoundError
from jobs.formats import FORMATS
from jobs.render.command import Kind, RenderCommand
from jobs.render.rows import RenderRow

__all__ = ["ROUTES"]


async def make_image(call: Call[ImageBody, ResponseQuery]) -> BaseModel | Response:
    """Make one picture and answer as it was asked for."""
    body = call.body
    named = named_format(body.file_extension, body.format, ("image",))
    delivery = chosen_delivery(call, named, FORMATS["png"], store=body.store, kinds=("image",))
    options = body.options(delivery.format)
    command = capture_command(call, body, options, width=body.width, height=body.height)
    return await render_and_answer(
        call, delivery, command, lambda done: ImageAnswer(**made(call, delivery, done))
    )


async def make_canvas(call: Call[CanvasBody, ResponseQuery]) -> BaseModel | Response:
    """Draw one canvas with fabric and answer as it was asked for."""
    body = call.body
    kinds: tuple[Kind, ...] = ("image", "pdf")
    named = named_format(body.file_extension, body.format, kinds)
    delivery = chosen_delivery(call, named, FORMATS["png"], store=body.store, kinds=kinds)
    canvas = body.template()
    width, height = drawn_size(canvas, body.width, body.height)
    command = RenderCommand(
        **common_members(call, body),
        origin=canvas,
        output=body.output(delivery.format),
        variables=body.variables,
        width=width,
        height=height,
    )
    return await render_and_answer(
        call, delivery, command, lambda done: ImageAnswer(**made(call, delivery, done))
    )


async def list_images(call: Call[Any, WindowQuery]) -> ImageList:
    """The workspace's pictures, newest first."""
    rows, pagination = await window(call, "image")
    return ImageList(images=[_row(call, row) for row in rows], pagination=pagination)


async def get_image(call: Call[Any, Any]) -> ImageEnvelope:
    """One kept picture."""
    row = await call.parts.renders.get(call.workspace_id, call.path["id"], "image")
    return ImageEnvelope(image=_row(call, row))


def _row(call: Call[Any, Any], row: RenderRow) -> ImageRow:
    return ImageRow(**row_values(call, row), uid=row.id)


ROUTES: list[Route] = [
    Route(
        method="POST",
        path="/image",
        handler=make_image,
        summary="Make a picture of HTML, of a web page or of a template",
        tag="images",
        body=ImageBody,
        example={
            "html": "<h1 style='font: 80px sans-serif'>Good morning</h1>",
            "width": 1200,
            "height": 630,
            "fileExtension": "png",
        },
        query=ResponseQuery,
        answer=ImageAnswer,
        media_types=("image/png", "image/jpeg", "image/webp", "image/avif"),
        errors=RENDER_PROBLEMS,
        multipart=True,
        stops_with_client=True,
        answer_headers=RENDER_HEADERS,
    ),
    Route(
        method="POST",
        path="/image/canvas",
        handler=make_canvas,
        summary="Make a picture of a Fabric canvas",
        tag="images",
        body=CanvasBody,
        example={
            "fabricJSData": {
                "version": "7.4.0",
                "background": "#f4f1ea",
                "objects": [
                    {
                        "type": "Textbox",
                        "left": 40,
                        "top": 40,
                        "originX": "left",
                        "originY": "top",
                        "width": 520,
                        "text": "Good morning, {{ name }}",
                        "fontFamily": "Inter",
                        "fontSize": 48,
                    }
                ],
            },
            "variables": {"name": "Ada"},
            "width": 600,
            "height": 200,
            "fileExtension": "png",
        },
        query=ResponseQuery,
        answer=ImageAnswer,
        media_types=("image/png", "image/jpeg", "image/webp", "image/avif", "application/pdf"),
        errors=RENDER_PROBLEMS,
        stops_with_client=True,
        answer_headers=RENDER_HEADERS,
    ),
    Route(
        method="GET",
        path="/image",
        handler=list_images,
        summary="List the pictures that were kept",
        tag="images",
        query=WindowQuery,
        answer=ImageList,
    ),
    Route(
        method="GET",
        path="/image/{id}",
        handler=get_image,
        summary="Get one kept picture",
        tag="images",
        answer=ImageEnvelope,
        errors=(NotFoundError,),
    ),
]
