"""From a template's body on the wire to what the store is asked for."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from api.inline_canvas import design_size
from api.template_models import CreateTemplate, ListQuery, UpdateTemplate
from api.validation import validated
from api.variable_models import Definitions
from core.errors import FieldError, ValidationError
from core.reach import Reach
from templates_store.canvas_text import canvas_text
from templates_store.rows import TemplateQuery
from templates_store.schema_import import definitions_of
from templates_store.template import (
    DEFAULT_NAME,
    Engine,
    NewTemplate,
    TemplatePatch,
    TemplateState,
)
from templates_store.variables import VariableDefinition

__all__ = ["list_query", "new_template", "template_patch"]

_STATE = {
    "html": "html",
    "width": "width",
    "height": "height",
    "output_format": "output_format",
    "pdf_preset": "pdf_preset",
    "js_enabled": "js_enabled",
    "strict_variables": "strict",
    "syntax": "syntax",
}
"""Members of the body -> fields of the state, where the value is the same."""
_NULLABLE = {"pdf_preset", "js_enabled"}
"""Members for which null is a value; any other null is the same as nothing."""


def new_template(body: CreateTemplate) -> NewTemplate:
    """What POST /templates asks for. Raises ValidationError unless there is one source."""
    engine = _engine(body)
    if body.html is None and body.fabric_js_data is None:
        text = "html is required: send the template's source (exactly one of html, fabricJSData)"
        raise ValidationError.of("html", text, "required")
    canvas = body.fabric_js_data
    width, height = design_size(canvas) if canvas is not None else (None, None)
    empty = TemplateState(html=None)
    empty = replace(empty, width=width or empty.width, height=height or empty.height)
    state = replace(empty, engine=engine or "html", **_state_changes(body))
    return NewTemplate(
        state=state,
        name=(body.name or "").strip() or DEFAULT_NAME,
        description=body.description or "",
        tags=tuple(dict.fromkeys(body.tags or ())),
        auto_publish=body.auto_publish is not False,
        draft=bool(body.draft),
        note=body.note or "",
    )


def list_query(asked: ListQuery) -> TemplateQuery:
    """What GET /templates asks for."""
    return TemplateQuery(
        window=asked.window(),
        output_format=None if asked.output_format == "all" else asked.output_format,
        q=(asked.q or asked.search).strip(),
        tag=asked.tag.strip(),
    )


def template_patch(body: UpdateTemplate) -> TemplatePatch:
    """What PUT /templates/{uid} asks for: only members that were sent."""
    engine = _engine(body)
    head: dict[str, Any] = {}
    if body.name is not None:
        head["name"] = body.name.strip() or DEFAULT_NAME
    if body.description is not None:
        head["description"] = body.description
    if body.tags is not None:
        head["tags"] = tuple(dict.fromkeys(body.tags))
    if body.auto_publish is not None:
        head["auto_publish"] = body.auto_publish
    return TemplatePatch(
        state=_state_changes(body),
        head=head,
        draft=bool(body.draft),
        note=body.note or "",
        engine=engine,
    )


def _state_changes(body: CreateTemplate | UpdateTemplate) -> dict[str, Any]:
    changes: dict[str, Any] = {
        field: getattr(body, member)
        for member, field in _STATE.items()
        if member in body.model_fields_set
        and (getattr(body, member) is not None or member in _NULLABLE)
    }
    if body.fabric_js_data is not None:
        changes["html"] = canvas_text(body.fabric_js_data)
    if "egress" in body.model_fields_set:
        changes["reach"] = body.egress.reach("egress") if body.egress else Reach()
    if body.variable_definitions is not None:
        changes["definitions"] = tuple(item.definition() for item in body.variable_definitions)
    if body.variable_schema is not None:
        changes["definitions"] = _imported(body, body.variable_schema)
    if body.layouts is not None:
        changes["layouts"] = {key: item.layout() for key, item in body.layouts.items()}
    return changes


def _imported(
    body: CreateTemplate | UpdateTemplate, schema: Mapping[str, Any]
) -> tuple[VariableDefinition, ...]:
    if body.variable_definitions is not None:
        text = "variableSchema and variableDefinitions say the same thing: send one of them"
        raise ValidationError.of("variableSchema", text, "contradiction")
    # Through the wire's own model: names and limits are judged as if they had been sent.
    rows = [_wire(one) for one in definitions_of(schema, "variableSchema")]
    checked = validated(Definitions, {"variable_definitions": rows})
    return tuple(item.definition() for item in checked.variable_definitions)


def _wire(definition: VariableDefinition) -> dict[str, Any]:
    return {
        "name": definition.name,
        "type": definition.type,
        "defaultValue": definition.default,
        "description": definition.description,
        "validation": definition.validation,
        "allowRawHtml": definition.allow_raw_html,
    }


def _engine(body: CreateTemplate | UpdateTemplate) -> Engine | None:
    """What the bodies are for, those of layouts too; None when there are none.

    Raises ValidationError when they do not agree, or say otherwise than `engine`.
    """
    parts = {"": body} | {f"layouts.{key}.": item for key, item in (body.layouts or {}).items()}
    members: dict[str, Engine] = {}
    for name, part in parts.items():
        if part.html is not None:
            members[f"{name}html"] = "html"
        if part.fabric_js_data is not None:
            members[f"{name}fabricJSData"] = "fabric"
    if body.engine is not None:
        members["engine"] = body.engine
    engines = list(members.values())
    for member, engine in members.items():
        if engine != engines[0]:
            first = next(iter(members))
            text = f"{first} and {member} exclude each other: send exactly one kind"
            fields = [FieldError(name, text, "exactly_one") for name in (first, member)]
            raise ValidationError(text, fields=fields)
    return engines[0] if engines else None
