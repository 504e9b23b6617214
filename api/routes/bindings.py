"""Bindings: templates that follow their data, each under one stable URL."""

from api.binding_answers import BindingAnswer, BindingEnvelope, BindingList, ProbeAnswer
from api.binding_models import BindingBody, BindingPatch, BindingsQuery
from api.binding_names import in_newer_names, merged, wire_of
from api.models import Deleted
from api.routing import Call, Route
from api.validation import validated
from core.errors import (
    ConflictError,
    NotFoundError,
    OverloadedError,
    StorageUnavailableError,
)
from core.sealing import SealingUnavailableError
from egress.errors import BlockedAddressError, FetchFailedError
from jobs.bindings.errors import BindingLimitError
from templates_store.bindings.binding import Binding
from templates_store.bindings.rows import BindingQuery

__all__ = ["ROUTES"]


async def create(call: Call[BindingBody, None]) -> BindingEnvelope:
    """Store a binding; its first refresh begins at once."""
    made = await call.parts.bindings.create(
        call.workspace_id, call.body.new(), call.principal.reach
    )
    call.headers["Location"] = f"{call.parts.settings.base_url}/bindings/{made.uid}"
    return _envelope(call, made)


async def list_all(call: Call[None, BindingsQuery]) -> BindingList:
    """A page of the workspace's bindings."""
    asked = call.query
    query = BindingQuery(template_uid=asked.template_id, status=asked.status, window=asked.window())
    found, pagination = asked.turned(*await call.parts.bindings.list(call.workspace_id, query))
    base_url = call.parts.settings.base_url
    return BindingList(
        bindings=[BindingAnswer.of(one, base_url) for one in found],
        pagination=pagination,
    )


async def get(call: Call[None, None]) -> BindingEnvelope:
    """One binding."""
    return _envelope(call, await call.parts.bindings.get(call.workspace_id, call.path["uid"]))


async def update(call: Call[BindingPatch, None]) -> BindingEnvelope:
    """Change what is sent, nested objects member by member; it is refreshed at once."""
    uid = call.path["uid"]
    found = await call.parts.bindings.get(call.workspace_id, uid)
    patch = in_newer_names(call.body.model_dump(by_alias=True, exclude_unset=True))
    whole = validated(BindingBody, merged(wire_of(found), patch))
    source = patch.get("dataSource") or {}
    changed = await call.parts.bindings.update(
        call.workspace_id,
        uid,
        whole.new(),
        call.principal.reach,
        keep_credentials="credentials" not in source,
    )
    return _envelope(call, changed)


async def delete(call: Call[None, None]) -> Deleted:
    """Delete a binding with its picture."""
    await call.parts.bindings.delete(call.workspace_id, call.path["uid"])
    return Deleted(message=f"The binding '{call.path['uid']}' was deleted")


async def test(call: Call[None, None]) -> ProbeAnswer:
    """Ask the source now and map its data, without rendering or keeping anything."""
    uid = call.path["uid"]
    probe = await call.parts.bindings.test(call.workspace_id, uid)
    return ProbeAnswer.of(probe, await call.parts.bindings.get(call.workspace_id, uid))


async def refresh(call: Call[None, None]) -> BindingEnvelope:
    """Refresh it now; what came of it stands in `status`, `lastError` and `lastRenderAt`."""
    return _envelope(call, await call.parts.bindings.refresh(call.workspace_id, call.path["uid"]))


async def pause(call: Call[None, None]) -> BindingEnvelope:
    """Refresh it no more; its URL shows what it has."""
    return _envelope(call, await call.parts.bindings.pause(call.workspace_id, call.path["uid"]))


async def resume(call: Call[None, None]) -> BindingEnvelope:
    """Refresh it again, now and as its policy says."""
    return _envelope(call, await call.parts.bindings.resume(call.workspace_id, call.path["uid"]))


def _envelope(call: Call[BindingBody, None] | Call[BindingPatch, None] | Call[None, None],
              binding: Binding) -> BindingEnvelope:  # fmt: skip
    return BindingEnvelope(binding=BindingAnswer.of(binding, call.parts.settings.base_url))


_TAG, _SCOPE = "bindings", "templates"
_ONE = "/bindings/{uid}"
_SAVING = (NotFoundError, BlockedAddressError, FetchFailedError, SealingUnavailableError)
_MAKING = (*_SAVING, BindingLimitError)

ROUTES: list[Route] = [
    Route(
        method="POST",
        path="/bindings",
        handler=create,
        summary="Bind a template to data that changes",
        tag=_TAG,
        scope=_SCOPE,
        body=BindingBody,
        answer=BindingEnvelope,
        status=201,
        errors=_MAKING,
        example={
            "templateId": "tpl_...",
            "dataSource": {"url": "https://api.github.com/repos/python/cpython"},
            "mapping": {"stars": "stargazers_count"},
            "refreshPolicy": {"type": "ttl", "ttlSeconds": 3600},
        },
    ),
    Route(
        method="GET",
        path="/bindings",
        handler=list_all,
        summary="List bindings",
        tag=_TAG,
        scope=_SCOPE,
        query=BindingsQuery,
        answer=BindingList,
    ),
    Route(
        method="GET",
        path=_ONE,
        handler=get,
        summary="One binding",
        tag=_TAG,
        scope=_SCOPE,
        answer=BindingEnvelope,
        errors=(NotFoundError,),
    ),
    Route(
        method="PUT",
        path=_ONE,
        handler=update,
        summary="Change a binding; nested objects are merged",
        tag=_TAG,
        scope=_SCOPE,
        body=BindingPatch,
        answer=BindingEnvelope,
        errors=_SAVING,
    ),
    Route(
        method="DELETE",
        path=_ONE,
        handler=delete,
        summary="Delete a binding with its picture",
        tag=_TAG,
        scope=_SCOPE,
        answer=Deleted,
        errors=(NotFoundError,),
    ),
    Route(
        method="POST",
        path=f"{_ONE}/test",
        handler=test,
        summary="What its source answers now, and what the mapping makes of it",
        tag=_TAG,
        scope=_SCOPE,
        answer=ProbeAnswer,
        errors=(NotFoundError,),
    ),
    Route(
        method="POST",
        path=f"{_ONE}/refresh",
        handler=refresh,
        summary="Refresh a binding now",
        tag=_TAG,
        scope=_SCOPE,
        answer=BindingEnvelope,
        errors=(NotFoundError, ConflictError, OverloadedError, StorageUnavailableError),
    ),
    Route(
        method="POST",
        path=f"{_ONE}/pause",
        handler=pause,
        summary="Refresh a binding no more",
        tag=_TAG,
        scope=_SCOPE,
        answer=BindingEnvelope,
        errors=(NotFoundError,),
    ),
    Route(
        method="POST",
        path=f"{_ONE}/resume",
        handler=resume,
        summary="Refresh a paused binding again",
        tag=_TAG,
        scope=_SCOPE,
        answer=BindingEnvelope,
        errors=(NotFoundError, ConflictError),
    ),
]
"""Bindings on the wire."""
