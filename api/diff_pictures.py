"""Two versions drawn with the same data, and a third picture that marks what differs."""

import base64
from typing import Any

from api.call import Call
from api.query_variables import query_variables
from api.version_diff_models import DiffPicture, DiffPictures, DiffQuery
from jobs.render.command import RenderCommand, TemplateRef
from renderer.picture.compare import compare_pictures
from renderer.request import PictureOptions
from templates_store.samples import sample_values
from templates_store.template import Template

__all__ = ["diff_pictures"]

_KEPT = 86_400
"""Seconds for which pictures of a comparison are kept."""


async def diff_pictures(
    call: Call[None, DiffQuery], before: Template, after: Template
) -> DiffPictures:
    """Draw both as PNG, whatever they are made for, and mark the changed pixels.

    Raises what a render of either raises.
    """
    given = query_variables(call.query.variables, call.parts.settings.max_json_depth)
    definitions = {one.name: one for one in before.state.definitions}
    definitions |= {one.name: one for one in after.state.definitions}
    variables = sample_values(list(definitions.values())) | given
    moment = call.accepted_us
    old = await _drawn(call, before, variables, moment)
    new = await _drawn(call, after, variables, moment)
    marked = await compare_pictures(old[0], new[0])
    area = marked.width * marked.height
    return DiffPictures(
        before=await _kept(call, *old),
        after=await _kept(call, *new),
        marked=await _kept(call, marked.picture, marked.width, marked.height),
        changed_pixels=marked.changed,
        changed_share=round(marked.changed / area, 6),
        box=list(marked.box or ()),
        variables=variables,
    )


async def _drawn(
    call: Call[None, DiffQuery], template: Template, variables: dict[str, Any], now_us: int
) -> tuple[bytes, int, int]:
    # A version knows only its own names: what the other one alone reads must not be refused.
    known = {one.name for one in template.state.definitions}
    command = RenderCommand(
        workspace_id=call.workspace_id,
        origin=TemplateRef(template.uid, template.version, call.query.layout),
        output=PictureOptions(),
        variables={name: value for name, value in variables.items() if name in known},
        now_us=now_us,
        store=False,
        reach=call.principal.reach,
    )
    done = await call.parts.renders.run(command)
    return done.result.data, done.result.width, done.result.height


async def _kept(call: Call[None, DiffQuery], data: bytes, width: int, height: int) -> DiffPicture:
    if call.query.response == "base64":
        return DiffPicture(base64=base64.b64encode(data).decode(), width=width, height=height)
    artifacts = call.parts.artifacts
    artifact = await artifacts.put(
        call.workspace_id, data, media_type="image/png", extension="png", expires_in=_KEPT
    )
    return DiffPicture(url=artifacts.url(artifact), width=width, height=height)
