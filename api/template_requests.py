"""From a template's body on the wire to what the store is asked for."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Never

from api.template_models import CreateTemplate, LayoutBody, ListQuery, UpdateTemplate
from api.validation import validated
from api.variable_models import Definitions
from core.errors import ValidationError
from core.reach import Reach
from templates_store.layouts import Layout
from templates_store.rows import SortKey, TemplateQuery
from templates_store.schema_import import definitions_of
from templates_store.template import DEFAULT_NAME, NewTemplate, TemplatePatch, TemplateState
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
    _refuse_canvas(body)
    if body.html is None:
        text = "html is required: send the template's source (exactly one of html, fabricJSData)"
        raise ValidationError.of("html", text, "required")
    state = replace(TemplateState(html=body.html), **_state_changes(body))
    return NewTemplate(
        state=state,
        name=(body.name or "").strip() or DEFAULT_NAME,
        description=body.description or "",
        tags=tuple(dict.fromkeys(body.tags or ())),
        auto_publish=body.auto_publish is not False,
        draft=bool(body.draft),
        note=body.note or "",
    )


_SORTS: Mapping[str, tuple[SortKey, bool]] = {
    "newest": ("created", True),
    "oldest": ("created", False),
    "name": ("name", False),
    "createdAt": ("created", True),
    "updatedAt": ("updated", True),
}
"""`sort` or `sortBy` -> the key, and whether it goes down without saying."""


def list_query(asked: ListQuery) -> TemplateQuery:
    """What GET /templates asks for."""
    key, descending = _SORTS[asked.sort_by or asked.sort]
    if asked.sort_by and asked.sort_order:
        descending = asked.sort_order == "desc"
    return TemplateQuery(
        page=asked.page,
        limit=asked.limit,
        sort_by=key,
        descending=descending,
        output_format=None if asked.output_format == "all" else asked.output_format,
        q=(asked.q or asked.search).strip(),
        tag=asked.tag.strip(),
    )


def template_patch(body: UpdateTemplate) -> TemplatePatch:
    """What PUT /templates/{uid} asks for: only members that were sent."""
    _refuse_canvas(body)
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
        state=_state_changes(body), head=head, draft=bool(body.draft), note=body.note or ""
    )


def _state_changes(body: CreateTemplate | UpdateTemplate) -> dict[str, Any]:
    changes: dict[str, Any] = {
        field: getattr(body, member)
        for member, field in _STATE.items()
        if member in body.model_fields_set
        and (getattr(body, member) is not None or member in _NULLABLE)
    }
    if "egress" in body.model_fields_set:
        changes["reach"] = body.egress.reach("egress") if body.egress else Reach()
    if body.variable_definitions is not None:
        changes["definitions"] = tuple(item.definition() for item in body.variable_definitions)
    if body.variable_schema is not None:
        changes["definitions"] = _imported(body, body.variable_schema)
    if body.layouts is not None:
        changes["layouts"] = {key: _layout(key, item) for key, item in body.layouts.items()}
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


def _layout(key: str, item: LayoutBody) -> Layout:
    if item.fabric_js_data is not None:
        _not_here(f"layouts.{key}.fabricJSData")
    return item.layout()


def _refuse_canvas(body: CreateTemplate | UpdateTemplate) -> None:
    if body.html is not None and body.fabric_js_data is not None:
        text = "html and fabricJSData exclude each other: send exactly one"
        raise ValidationError.of("html", text, "exactly_one")
    if body.fabric_js_data is not None:
        _not_here("fabricJSData")
    if body.engine == "fabric":
        _not_here("engine")


def _not_here(field: str) -> Never:
    text = f"{field}: canvas templates are not supported by this version of the service: send html"
    raise ValidationError.of(field, text, "unsupported")
