"""One template in many sizes: it is composed once and flows anew in each."""

from dataclasses import asdict, replace
from typing import Any

from api.call import Call
from api.capture_command import common_members
from api.delivery import RENDER_HEADERS, Delivery, ResponseQuery
from api.many_renders import render_each
from api.render_answers import made
from api.render_problems import RENDER_PROBLEMS
from api.routing import Route
from api.template_delivery import first_on_top, template_delivery
from api.template_size_models import (
    MultiSizeAnswer,
    MultiSizeBody,
    SizeBody,
    SizeError,
    SizePresetAnswer,
    SizePresetsAnswer,
    SizeResult,
)
from core.errors import PlatenError, ValidationError
from jobs.outputs import output_for
from jobs.render.admission import admit
from jobs.render.command import RenderCommand, TemplateRef
from jobs.render.composition import Composition
from jobs.render.errors import UnknownSizeError
from jobs.render.rendered import Rendered
from jobs.render.settings import RenderSettings
from jobs.size_presets import SIZE_PRESETS, size_preset
from renderer.request import DocumentOptions
from templates_store.resolved import Resolved

__all__ = ["ROUTES"]


async def render_sizes(call: Call[MultiSizeBody, ResponseQuery]) -> MultiSizeAnswer:
    """Render a stored template in each of `sizes`, from one composition."""
    body = call.body
    resolved = await call.parts.templates.resolve(
        call.workspace_id, call.path["uid"], version=body.version, layout=body.layout
    )
    delivery = template_delivery(call, body, resolved, "sizes")
    command = _command(call, resolved, delivery)
    limits = call.parts.renders.settings
    commands = [_in_size(command, size, limits) for size in body.sizes]
    _check_sum(commands, limits)
    shared = Composition()
    outcomes = await render_each(call.parts.renders, commands, shared)
    if shared.error and not any(isinstance(one, Rendered) for one in outcomes):
        raise shared.error  # it is the template's, and no size's
    return _answer(call, resolved, delivery, outcomes)


async def list_size_presets(call: Call[Any, Any]) -> SizePresetsAnswer:
    """Every named size of pictures."""
    del call
    return SizePresetsAnswer(
        presets={name: SizePresetAnswer(**asdict(row)) for name, row in SIZE_PRESETS.items()}
    )


def _command(
    call: Call[MultiSizeBody, ResponseQuery], resolved: Resolved, delivery: Delivery
) -> RenderCommand:
    body = call.body
    return RenderCommand(
        **common_members(call, body),
        origin=TemplateRef(resolved.uid, resolved.version, body.layout),
        output=body.encoding(output_for(delivery.format, quality=body.quality)),
        variables=body.variables,
        wants_bytes=delivery.mode != "url",
    )


def _in_size(
    command: RenderCommand, size: SizeBody, limits: RenderSettings
) -> RenderCommand | PlatenError:
    """The command in that size, or what is wrong with the size."""
    try:
        width, height = _sides(size)
        if not isinstance(command.output, DocumentOptions):
            admit(replace(command.output, width=width, height=height), limits)
    except (UnknownSizeError, ValidationError) as error:
        return error
    return replace(command, width=width, height=height)


def _sides(size: SizeBody) -> tuple[int, int]:
    if size.preset is not None:
        preset = size_preset(size.preset)
        return preset.width, preset.height
    assert size.width is not None
    assert size.height is not None
    return size.width, size.height


def _check_sum(commands: list[RenderCommand | PlatenError], limits: RenderSettings) -> None:
    """Raises ValidationError when there are too many sizes, or too many pixels in them."""
    if len(commands) > limits.max_sizes:
        raise ValidationError.of(
            "sizes",
            f"sizes has {len(commands)} entries, and one call may have {limits.max_sizes}: send "
            "several calls",
            "too_long",
        )
    sides = [
        (one.width or 0) * (one.height or 0) for one in commands if isinstance(one, RenderCommand)
    ]
    if sum(sides) > limits.sizes_pixels:
        raise ValidationError.of(
            "sizes",
            f"sizes are {sum(sides) / 1e6:.1f} megapixels together, and one call may have "
            f"{limits.sizes_pixels / 1e6:g}: send several calls",
            "out_of_range",
        )


def _answer(
    call: Call[Any, Any],
    resolved: Resolved,
    delivery: Delivery,
    outcomes: list[Rendered | PlatenError],
) -> MultiSizeAnswer:
    results: list[SizeResult] = []
    errors: list[SizeError] = []
    for index, (size, one) in enumerate(zip(call.body.sizes, outcomes, strict=True)):
        named: dict[str, Any] = {"index": index, "preset": size.preset, "label": _label(size)}
        if isinstance(one, PlatenError):
            layout, told, code = resolved.layout, one.message, one.code
            errors.append(SizeError(**named, layout=layout, error=told, code=code))
        else:
            results.append(_result(call, delivery, one, named))
    return MultiSizeAnswer(
        results=results,
        errors=errors,
        total_layouts=len(outcomes),
        total_sizes=len(outcomes),
        total_rendered=len(results),
        total_errors=len(errors),
        template_uid=resolved.uid,
        version=resolved.version,
        **first_on_top(results),
    )


def _result(
    call: Call[Any, Any], delivery: Delivery, done: Rendered, named: dict[str, Any]
) -> SizeResult:
    values = made(call, delivery, done)
    del values["template_uid"], values["version"]
    return SizeResult(**values, **named, name=named["label"], page_count=done.result.pages)


def _label(size: SizeBody) -> str:
    return size.label or size.preset or f"{size.width}x{size.height}"


ROUTES: list[Route] = [
    Route(
        method="POST",
        path="/templates/{uid}/multi-size-render",
        handler=render_sizes,
        summary="Render a stored template in many sizes: it is composed once and flows anew",
        tag="templates",
        body=MultiSizeBody,
        example={
            "variables": {"title": "Good morning"},
            "sizes": [
                {"preset": "og-image"},
                {"preset": "instagram-story"},
                {"width": 1200, "height": 300, "label": "newsletter"},
            ],
        },
        query=ResponseQuery,
        answer=MultiSizeAnswer,
        errors=RENDER_PROBLEMS,
        stops_with_client=True,
        answer_headers=RENDER_HEADERS,
    ),
    Route(
        method="GET",
        path="/templates/size-presets",
        handler=list_size_presets,
        summary="List the named sizes of pictures",
        tag="templates",
        answer=SizePresetsAnswer,
    ),
]
