"""The history of a stored template: its versions, which one is published, and what differs."""

import asyncio
import re
from typing import Any

from api.call import Call
from api.diff_pictures import diff_pictures
from api.render_problems import RENDER_PROBLEMS
from api.routing import Route
from api.template_models import (
    PublishBody,
    TemplateAnswer,
    TemplateEnvelope,
    VersionAnswer,
    VersionList,
    VersionsQuery,
)
from api.version_diff_models import (
    DiffQuery,
    LayoutDiffAnswer,
    SettingChange,
    SourceDiffAnswer,
    VariableDiffAnswer,
    VersionDiffAnswer,
)
from core.errors import ConflictError, NotFoundError
from renderer.compose.errors import AssetNotFoundError, TemplateSyntaxError
from templates_store.diff.versions import diff_versions
from templates_store.errors import PartialNotFoundError, TemplateTooLargeError
from templates_store.template import Template

__all__ = ["ROUTES"]


async def list_versions(call: Call[None, VersionsQuery]) -> VersionList:
    """A window of a template's history."""
    found = await call.parts.templates.versions(
        call.workspace_id, call.path["uid"], call.query.window()
    )
    history, pagination = call.query.turned(*found)
    versions = [VersionAnswer.of(info) for info in history]
    return VersionList(versions=versions, pagination=pagination)


async def publish_version(call: Call[PublishBody, None]) -> TemplateEnvelope:
    """Make a version the one that renders use."""
    template = await call.parts.templates.publish(
        call.workspace_id,
        call.path["uid"],
        _number(call.path["version"]),
        expected=call.body.expected_published_version,
    )
    _tag(call, template)
    return TemplateEnvelope(template=TemplateAnswer.of(template))


async def restore_version(call: Call[None, None]) -> TemplateEnvelope:
    """Copy an older version into a new one."""
    template = await call.parts.templates.restore(
        call.workspace_id, call.path["uid"], _number(call.path["version"]), call.principal.key_id
    )
    _tag(call, template)
    return TemplateEnvelope(template=TemplateAnswer.of(template))


async def diff_of_versions(call: Call[None, DiffQuery]) -> VersionDiffAnswer:
    """What differs between two versions, and on demand how that looks."""
    uid, store = call.path["uid"], call.parts.templates
    numbers = [_number(call.path[name]) for name in ("before", "after")]
    before, after = [await store.get(call.workspace_id, uid, number) for number in numbers]
    names = [f"version {number}" for number in numbers]
    # Two bodies of half a megabyte take a second: other requests go on meanwhile.
    diff = await asyncio.to_thread(diff_versions, before.state, after.state)
    old, new = [await store.version(call.workspace_id, uid, number) for number in numbers]
    pictures = await diff_pictures(call, before, after) if call.query.pictures else None
    return VersionDiffAnswer(
        template_uid=uid,
        before=VersionAnswer.of(old),
        after=VersionAnswer.of(new),
        same=old.digest == new.digest,
        source=SourceDiffAnswer.of(diff.source, *names),
        layouts=[LayoutDiffAnswer.of(layout, *names) for layout in diff.layouts],
        variables=VariableDiffAnswer.of(diff.variables),
        settings=[SettingChange.of(change) for change in diff.settings],
        pictures=pictures,
    )


def _tag(call: Call[Any, Any], template: Template) -> None:
    call.headers["ETag"] = f'"{template.latest_version}"'


def _number(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise NotFoundError(f"'{text[:20]}' is no number of a version: GET .../versions lists them")
    return int(text)


_HAS_ETAG = {"ETag": "The newest version, for If-Match."}

ROUTES: list[Route] = [
    Route(
        method="GET",
        path="/templates/{uid}/versions",
        handler=list_versions,
        summary="List a template's versions",
        tag="templates",
        scope="templates",
        query=VersionsQuery,
        answer=VersionList,
    ),
    Route(
        method="POST",
        path="/templates/{uid}/versions/{version}/publish",
        handler=publish_version,
        summary="Publish a version",
        tag="templates",
        scope="templates",
        body=PublishBody,
        example={"expectedPublishedVersion": 3},
        answer=TemplateEnvelope,
        errors=(ConflictError,),
        answer_headers=_HAS_ETAG,
    ),
    Route(
        method="POST",
        path="/templates/{uid}/versions/{version}/restore",
        handler=restore_version,
        summary="Copy an older version into a new one",
        tag="templates",
        scope="templates",
        answer=TemplateEnvelope,
        errors=(
            TemplateTooLargeError,
            TemplateSyntaxError,
            PartialNotFoundError,
            AssetNotFoundError,
            ConflictError,
        ),
        answer_headers=_HAS_ETAG,
    ),
    Route(
        method="GET",
        path="/templates/{uid}/versions/{before}/diff/{after}",
        handler=diff_of_versions,
        summary="What differs between two versions: sources, variables, settings, pictures",
        tag="templates",
        scope="templates",
        query=DiffQuery,
        answer=VersionDiffAnswer,
        errors=RENDER_PROBLEMS,
        stops_with_client=True,
    ),
]
