"""Stored templates: create, read, change, delete, and their history."""

import json
import re
from typing import Any

from starlette.responses import Response

from api.models import Deleted
from api.routing import Call, Route
from api.template_models import (
    CreateTemplate,
    ListQuery,
    TemplateAnswer,
    TemplateCreated,
    TemplateEnvelope,
    TemplateList,
    TemplateVariables,
    UpdateTemplate,
    VariablesQuery,
    VersionQuery,
)
from api.template_requests import list_query, new_template, template_patch
from api.variable_models import DefinitionAnswer
from core.errors import ConflictError, ValidationError
from renderer.compose.errors import AssetNotFoundError, CanvasError, TemplateSyntaxError
from templates_store.errors import PartialNotFoundError, TemplateTooLargeError
from templates_store.samples import sample_values
from templates_store.schema import json_schema
from templates_store.template import Template

__all__ = ["ROUTES"]

_ETAG = re.compile(r'\s*(?:W/)?"?(\d{1,9})"?\s*')


async def list_templates(call: Call[None, ListQuery]) -> TemplateList:
    """A window of the workspace's templates."""
    asked = call.query
    found = await call.parts.templates.list(call.workspace_id, list_query(asked))
    items, pagination = asked.turned(*found)
    return TemplateList(
        templates=[TemplateAnswer.of(item) for item in items], pagination=pagination
    )


async def create_template(call: Call[CreateTemplate, None]) -> TemplateCreated:
    """Store a template."""
    new = new_template(call.body)
    template = await call.parts.templates.create(call.workspace_id, new, call.principal.key_id)
    _tag(call, template)
    call.headers["Location"] = f"{call.parts.settings.base_url}/templates/{template.uid}"
    return _with_added(template)


async def get_template(call: Call[None, VersionQuery]) -> TemplateEnvelope:
    """One template with its body."""
    template = await _template(call)
    _tag(call, template)
    return TemplateEnvelope(template=TemplateAnswer.of(template))


async def update_template(call: Call[UpdateTemplate, None]) -> TemplateCreated:
    """Store a new version with what was sent on top of the newest one."""
    patch = template_patch(call.body)
    template = await call.parts.templates.update(
        call.workspace_id,
        call.path["uid"],
        patch,
        call.principal.key_id,
        if_match=_known_version(call),
    )
    _tag(call, template)
    return _with_added(template)


async def delete_template(call: Call[None, None]) -> Deleted:
    """Hide a template; batches that were pinned to it still end."""
    await call.parts.templates.delete(call.workspace_id, call.path["uid"])
    return Deleted(message=f"The template '{call.path['uid']}' was deleted")


async def get_variables(call: Call[None, VariablesQuery]) -> TemplateVariables | Response:
    """A template's inputs, as definitions or as a JSON Schema."""
    template = await _template(call)
    definitions = template.state.definitions
    if call.query.schema_ == "json":
        content = json.dumps(json_schema(definitions))
        return Response(content, media_type="application/schema+json")
    return TemplateVariables(
        template_uid=template.uid,
        template_name=template.name,
        version=template.version,
        variables=[DefinitionAnswer.of(item) for item in definitions],
        samples=sample_values(definitions),
    )


async def _template(call: Call[Any, Any]) -> Template:
    asked: VersionQuery = call.query
    return await call.parts.templates.get(call.workspace_id, call.path["uid"], asked.version)


def _with_added(template: Template) -> TemplateCreated:
    return TemplateCreated(
        template=TemplateAnswer.of(template), added_variables=list(template.added_variables)
    )


def _tag(call: Call[Any, Any], template: Template) -> None:
    call.headers["ETag"] = f'"{template.latest_version}"'


def _known_version(call: Call[Any, Any]) -> int | None:
    """The newest version that the caller says to know, by `If-Match`."""
    sent = call.header("if-match")
    if sent is None or sent.strip() == "*":
        return None
    match = _ETAG.fullmatch(sent)
    if match is None:
        text = 'If-Match must be the ETag of an earlier answer, such as "3", or *'
        raise ValidationError.of("If-Match", text)
    return int(match[1])


_IF_MATCH = {"If-Match": "The ETag that the caller knows; 409 when the template has moved on."}
_HAS_ETAG = {"ETag": "The newest version, for If-Match."}
_SOURCE_ERRORS = (
    TemplateTooLargeError,
    TemplateSyntaxError,
    CanvasError,
    PartialNotFoundError,
    AssetNotFoundError,
)

ROUTES: list[Route] = [
    Route(
        method="GET",
        path="/templates",
        handler=list_templates,
        summary="List and search templates",
        tag="templates",
        scope="templates",
        query=ListQuery,
        answer=TemplateList,
    ),
    Route(
        method="GET",
        path="/templates/search",
        handler=list_templates,
        summary="The same, under another name",
        tag="templates",
        scope="templates",
        query=ListQuery,
        answer=TemplateList,
    ),
    Route(
        method="POST",
        path="/templates",
        handler=create_template,
        summary="Store a template",
        tag="templates",
        scope="templates",
        body=CreateTemplate,
        example={
            "name": "Greeting",
            "html": "<h1>Hello, {{ name }}!</h1>",
            "width": 600,
            "height": 200,
            "variableDefinitions": [{"name": "name", "type": "string", "defaultValue": "world"}],
        },
        answer=TemplateCreated,
        status=201,
        errors=_SOURCE_ERRORS,
        answer_headers={**_HAS_ETAG, "Location": "The template's address."},
    ),
    Route(
        method="GET",
        path="/templates/{uid}",
        handler=get_template,
        summary="Read a template",
        tag="templates",
        scope="templates",
        query=VersionQuery,
        answer=TemplateEnvelope,
        answer_headers=_HAS_ETAG,
    ),
    Route(
        method="PUT",
        path="/templates/{uid}",
        handler=update_template,
        summary="Change a template: a new version",
        tag="templates",
        scope="templates",
        body=UpdateTemplate,
        example={"html": "<h1>Good morning, {{ name }}!</h1>", "note": "friendlier"},
        answer=TemplateCreated,
        errors=(*_SOURCE_ERRORS, ConflictError),
        request_headers=_IF_MATCH,
        answer_headers=_HAS_ETAG,
    ),
    Route(
        method="DELETE",
        path="/templates/{uid}",
        handler=delete_template,
        summary="Delete a template",
        tag="templates",
        scope="templates",
        answer=Deleted,
    ),
    Route(
        method="GET",
        path="/templates/{uid}/variables",
        handler=get_variables,
        summary="List a template's variables",
        tag="templates",
        scope="templates",
        query=VariablesQuery,
        answer=TemplateVariables,
        media_types=("application/schema+json",),
    ),
]
