"""Where a template's design breaks, before anybody renders ten thousand of it."""

import base64
from collections import Counter
from typing import Any

from api.call import Call
from api.capture_command import common_members
from api.render_answers import warnings_of
from api.render_problems import RENDER_PROBLEMS
from api.routing import Route
from api.template_lint_models import LintAnswer, LintBody, LintCaseAnswer
from jobs.render.command import RenderCommand, TemplateRef
from jobs.render.lint import LintCase, lint
from renderer.request import DocumentOptions, PictureOptions

__all__ = ["ROUTES"]

_PICTURE = PictureOptions(format="jpeg", quality=70)


async def lint_template(call: Call[LintBody, Any]) -> LintAnswer:
    """Render with typical data and with extremes, and gather the warnings."""
    body = call.body
    resolved = await call.parts.templates.resolve(
        call.workspace_id, call.path["uid"], version=body.version, layout=body.layout
    )
    document = resolved.output_format == "pdf" and not body.pictures
    command = RenderCommand(
        **common_members(call, body),
        origin=TemplateRef(resolved.uid, resolved.version, body.layout),
        output=DocumentOptions() if document else _PICTURE,
    )
    cases = await lint(
        call.parts.renders, command, resolved, body.variables, with_extremes=body.extremes
    )
    shown = [_case(case, pictures=body.pictures) for case in cases]
    counts = Counter(
        code
        for case in shown
        for code in {*(one.code for one in case.warnings), *([case.code] if case.code else [])}
    )
    return LintAnswer(
        template_uid=resolved.uid,
        version=resolved.version,
        layout=resolved.layout,
        ok=not counts,
        counts=dict(sorted(counts.items())),
        cases=shown,
    )


def _case(case: LintCase, *, pictures: bool) -> LintCaseAnswer:
    name, variables = case.data.name, dict(case.data.variables)
    if case.done is None:
        error = case.error
        return LintCaseAnswer(
            name=name,
            variables=variables,
            error=error.message if error else None,
            code=error.code if error else None,
        )
    result = case.done.result
    picture = f"data:{result.media_type};base64,{base64.b64encode(result.data).decode()}"
    return LintCaseAnswer(
        name=name,
        variables=variables,
        warnings=warnings_of(case.done.warnings),
        data_url=picture if pictures else None,
    )


ROUTES: list[Route] = [
    Route(
        method="POST",
        path="/templates/{uid}/lint",
        handler=lint_template,
        summary="Say where a template's design breaks: cut text, missing glyphs, weak contrast",
        tag="templates",
        body=LintBody,
        example={"variables": {"title": "Good morning"}, "pictures": True},
        answer=LintAnswer,
        errors=RENDER_PROBLEMS,
        stops_with_client=True,
    )
]
