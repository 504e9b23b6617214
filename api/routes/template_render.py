"""Renders of stored templates, in one layout or in many, and previews of unsaved ones."""

import asyncio
from dataclasses import replace
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from api.call import Call
from api.capture_command import common_members
from api.delivery import (
    RENDER_HEADERS,
    Delivery,
    ResponseQuery,
    base64_text,
)
from api.inline_canvas import drawn_size
from api.many_renders import render_each
from api.named_format import named_format
from api.render_answers import made, warnings_of
from api.render_call import render_and_answer
from api.render_problems import RENDER_PROBLEMS
from api.routing import Route
from api.template_delivery import KINDS, first_on_top, template_delivery
from api.template_render_models import (
    LayoutError,
    LayoutResult,
    PreviewAnswer,
    PreviewBody,
    TemplateRenderAnswer,
    TemplateRenderBody,
)
from core.clock import now_us
from core.errors import PlatenError, ValidationError
from jobs.formats import FORMATS
from jobs.outputs import output_for
from jobs.render.command import RenderCommand, TemplateRef
from jobs.render.errors import UnknownLayoutError
from jobs.render.rendered import Rendered
from renderer.request import DocumentOptions, Wait
from templates_store.resolved import Resolved

__all__ = ["ROUTES"]


async def render_template(
    call: Call[TemplateRenderBody, ResponseQuery],
) -> BaseModel | Response:
    """Render a stored template: one layout, or each of `layouts`."""
    body = call.body
    resolved = await call.parts.templates.resolve(
        call.workspace_id, call.path["uid"], version=body.version
    )
    delivery = template_delivery(call, body, resolved, "layouts" if body.layouts else "")
    command = _command(call, resolved, delivery)
    if body.layouts:
        return await _many(call, resolved, delivery, command, body.layouts)
    return await render_and_answer(
        call,
        delivery,
        command,
        lambda done: _answer(resolved, [_result(call, delivery, done)], []),
    )


async def preview_template(call: Call[PreviewBody, Any]) -> PreviewAnswer:
    """Render a template's text that is stored nowhere, and keep nothing."""
    body = call.body
    wanted = named_format(body.file_extension, body.format, KINDS) or FORMATS["png"]
    template = body.template()
    width, height = drawn_size(template, body.width, body.height)
    command = RenderCommand(
        **common_members(call, body),
        origin=template,
        output=body.encoding(output_for(wanted, quality=body.quality)),
        variables=body.variables,
        width=width,
        height=height,
    )
    done = await call.parts.renders.run(replace(command, store=False))
    call.timings.update(done.timings)
    encoded = await asyncio.to_thread(base64_text, done.result.data)
    return PreviewAnswer(
        data_url=f"data:{done.result.media_type};base64,{encoded}",
        width=done.result.width,
        height=done.result.height,
        format=wanted.shown,
        render_id=done.id,
        timings=dict(done.timings),
        total_ms=round((now_us() - call.accepted_us) / 1000, 3),
        warnings=warnings_of(done.warnings),
    )


def _command(
    call: Call[TemplateRenderBody, ResponseQuery], resolved: Resolved, delivery: Delivery
) -> RenderCommand:
    body = call.body
    output = body.encoding(output_for(delivery.format, quality=body.quality))
    if isinstance(output, DocumentOptions) and body.options is not None:
        output = body.options.options(Wait())
    return RenderCommand(
        **common_members(call, body),
        # The number is pinned, so that what is published meanwhile does not split the answer.
        origin=TemplateRef(resolved.uid, resolved.version, body.layout),
        output=output,
        variables=body.variables,
        width=body.width,
        height=body.height,
    )


async def _many(
    call: Call[TemplateRenderBody, ResponseQuery],
    resolved: Resolved,
    delivery: Delivery,
    command: RenderCommand,
    layouts: list[str],
) -> TemplateRenderAnswer:
    most = call.parts.renders.settings.max_layouts
    if len(layouts) > most:
        raise ValidationError.of(
            "layouts", f"layouts has {len(layouts)} names, and one call may have {most}", "too_long"
        )
    # A layout is a size.
    command = replace(command, width=None, height=None, wants_bytes=delivery.mode != "url")
    names = list(dict.fromkeys(layouts))
    outcomes = await render_each(
        call.parts.renders, [_in_layout(command, resolved, name) for name in names]
    )
    results = [_result(call, delivery, done) for done in outcomes if isinstance(done, Rendered)]
    errors = [
        LayoutError(layout=name, error=one.message, code=one.code)
        for name, one in zip(names, outcomes, strict=True)
        if isinstance(one, PlatenError)
    ]
    return _answer(resolved, results, errors)


def _in_layout(
    command: RenderCommand, resolved: Resolved, layout: str
) -> RenderCommand | PlatenError:
    if layout not in resolved.layouts:
        names = ", ".join(resolved.layouts)
        return UnknownLayoutError(f"The template has no layout '{layout}': it has {names}")
    return replace(command, origin=TemplateRef(resolved.uid, resolved.version, layout))


def _result(call: Call[Any, Any], delivery: Delivery, done: Rendered) -> LayoutResult:
    values = made(call, delivery, done)
    del values["template_uid"], values["version"]
    return LayoutResult(**values, name=done.layout_name, page_count=done.result.pages)


def _answer(
    resolved: Resolved, results: list[LayoutResult], errors: list[LayoutError]
) -> TemplateRenderAnswer:
    return TemplateRenderAnswer(
        results=results,
        errors=errors,
        total_layouts=len(results) + len(errors),
        total_rendered=len(results),
        total_errors=len(errors),
        template_uid=resolved.uid,
        version=resolved.version,
        **first_on_top(results),
    )


ROUTES: list[Route] = [
    Route(
        method="POST",
        path="/templates/{uid}/render",
        handler=render_template,
        summary="Render a stored template, in one layout or in several",
        tag="templates",
        body=TemplateRenderBody,
        example={"variables": {"title": "Good morning"}, "format": "webp"},
        query=ResponseQuery,
        answer=TemplateRenderAnswer,
        media_types=tuple(dict.fromkeys(row.media_type for row in FORMATS.values())),
        errors=RENDER_PROBLEMS,
        stops_with_client=True,
        answer_headers=RENDER_HEADERS,
    ),
    Route(
        method="POST",
        path="/templates/preview",
        handler=preview_template,
        summary="Render a template's text that is stored nowhere, for editors",
        tag="templates",
        body=PreviewBody,
        example={
            "html": "<h1>{{ title }}</h1>",
            "variables": {"title": "Good morning"},
            "width": 600,
            "height": 315,
        },
        answer=PreviewAnswer,
        errors=RENDER_PROBLEMS,
        stops_with_client=True,
    ),
]
