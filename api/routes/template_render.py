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
    chosen_delivery,
)
from api.layout_renders import LayoutOutcome, render_layouts
from api.named_format import named_format
from api.render_answers import made, warnings_of
from api.render_call import render_and_answer
from api.render_problems import RENDER_PROBLEMS
from api.routing import Route
from api.template_render_models import (
    LayoutError,
    LayoutResult,
    PreviewAnswer,
    PreviewBody,
    TemplateRenderAnswer,
    TemplateRenderBody,
)
from core.clock import now_us
from core.errors import ValidationError
from jobs.formats import FORMATS
from jobs.outputs import output_for
from jobs.render.command import InlineTemplate, Kind, RenderCommand, TemplateRef
from jobs.render.rendered import Rendered
from renderer.request import DocumentOptions, Wait
from templates_store.resolved import Resolved

__all__ = ["ROUTES"]

_KINDS: tuple[Kind, ...] = ("image", "gif", "pdf")
_DEFAULTS = {"image": FORMATS["png"], "gif": FORMATS["gif"], "pdf": FORMATS["pdf"]}


async def render_template(
    call: Call[TemplateRenderBody, ResponseQuery],
) -> BaseModel | Response:
    """Render a stored template: one layout, or each of `layouts`."""
    body = call.body
    resolved = await call.parts.templates.resolve(
        call.workspace_id, call.path["uid"], version=body.version
    )
    delivery = _delivery(call, resolved)
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
    wanted = named_format(body.file_extension, body.format, _KINDS) or FORMATS["png"]
    command = RenderCommand(
        **common_members(call, body),
        origin=InlineTemplate(body.html),
        output=body.encoding(output_for(wanted, quality=body.quality)),
        variables=body.variables,
        width=body.width,
        height=body.height,
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


def _delivery(call: Call[TemplateRenderBody, ResponseQuery], resolved: Resolved) -> Delivery:
    body = call.body
    named = named_format(body.file_extension, body.format, _KINDS)
    default = _DEFAULTS[resolved.output_format]
    delivery = chosen_delivery(call, named, default, store=body.store, kinds=_KINDS)
    if body.layouts and delivery.mode == "binary":
        raise ValidationError.of(
            "layouts",
            "layouts gives several artifacts, which are no single body of bytes: ask for one "
            "layout, or for response=base64",
            "contradiction",
        )
    return delivery


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
    outcomes = await render_layouts(call.parts.renders, command, layouts, tuple(resolved.layouts))
    results = [_result(call, delivery, outcome.done) for outcome in outcomes if outcome.done]
    return _answer(resolved, results, [one for one in outcomes if one.error])


def _result(call: Call[Any, Any], delivery: Delivery, done: Rendered) -> LayoutResult:
    values = made(call, delivery, done)
    del values["template_uid"], values["version"]
    return LayoutResult(**values, name=done.layout_name, page_count=done.result.pages)


def _answer(
    resolved: Resolved, results: list[LayoutResult], failed: list[LayoutOutcome]
) -> TemplateRenderAnswer:
    errors = [
        LayoutError(layout=one.layout, error=one.error.message, code=one.error.code)
        for one in failed
        if one.error
    ]
    first = results[0] if results else None
    return TemplateRenderAnswer(
        results=results,
        errors=errors,
        total_layouts=len(results) + len(errors),
        total_rendered=len(results),
        total_errors=len(errors),
        template_uid=resolved.uid,
        version=resolved.version,
        **{name: getattr(first, name) for name in _TOP if first is not None},
    )


_TOP = ("url", "base64", "id", "width", "height", "format", "created_at")
"""Members of the first result that stand on top as well, for clients of one layout."""


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
