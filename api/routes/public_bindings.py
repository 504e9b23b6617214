"""What needs no key: the picture of a binding, and the webhook that feeds or refreshes it."""

import asyncio
import hashlib
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from api.auth import authenticate, require_scope, sent_key
from api.binding_answers import PostedAnswer
from api.binding_models import Posted
from api.call import Call
from api.delivery import file_headers
from api.errors import PayloadTooLargeError, RateLimitError
from api.hook_limits import HookLimits
from api.keyless import KEYLESS_PROBLEMS, counted
from api.render_problems import RENDER_PROBLEMS
from api.routing import Route
from core.artifacts import Artifact
from core.errors import ConflictError, NotFoundError, ValidationError
from jobs.bindings.refresh import command_of
from jobs.bindings.settings import MOST_BYTES
from jobs.formats import FORMATS, Format
from templates_store.bindings.binding import Binding
from templates_store.bindings.errors import BindingFailedError, BindingPendingError
from templates_store.bindings.rows import not_found

__all__ = ["ROUTES"]

_SHOWN = {name: row for name, row in FORMATS.items() if name != "avif"}
_FIRST_RENDER_S = 10.0
"""How long somebody waits for a picture that was never drawn so far."""
_LOOK_S = 0.1
_KEPT_S = 86_400
"""Seconds that a picture in another format than the binding's own is kept for the next."""


async def get_picture(call: Call[Any, Any]) -> Response:
    """The binding's picture as of its last refresh."""
    uid, _, extension = call.path["file"].rpartition(".")
    binding = await call.parts.bindings.by_uid(uid) if extension in _SHOWN else None
    if binding is None:
        raise NotFoundError(
            f"No binding has this address: it was deleted or never was, or its end is none of "
            f"{', '.join(_SHOWN)}"
        )
    binding = await _rendered(call, binding)
    wanted = _SHOWN[extension]
    if wanted.encoding == FORMATS[binding.output.format].encoding:
        return await _kept(call, binding, extension)
    return await _in_another_format(call, binding, wanted)


async def _rendered(call: Call[Any, Any], binding: Binding) -> Binding:
    """The binding once it has a picture that it may show.

    Raises BindingFailedError, BindingPendingError, NotFoundError when it was deleted meanwhile.
    """
    until = asyncio.get_running_loop().time() + _FIRST_RENDER_S
    while _comes(binding) and asyncio.get_running_loop().time() < until:
        await asyncio.sleep(_LOOK_S)
        found = await call.parts.bindings.by_uid(binding.uid)
        if found is None:
            raise not_found(binding.uid)
        binding = found
    refuses = binding.refresh.on_error == "serve_error" or binding.artifact_id is None
    if binding.status == "error" and refuses:
        raise BindingFailedError("The data behind this address could not be had or be rendered")
    if binding.artifact_id is None:
        raise BindingPendingError("Nothing was rendered for this address so far", retry_after=5)
    return binding


def _comes(binding: Binding) -> bool:
    """Whether its first picture is being made."""
    waits = binding.next_us is not None and binding.status == "active"
    return waits and binding.artifact_id is None


async def _kept(call: Call[Any, Any], binding: Binding, extension: str) -> Response:
    artifact = await _artifact(call, binding)
    headers = _headers(binding, artifact.media_type, extension, f'"{artifact.digest}"')
    if _is_known(call, headers["ETag"]):
        return Response(None, 304, headers)
    data = await call.parts.artifacts.read(artifact)
    return Response(data, headers=headers, media_type=artifact.media_type)


async def _artifact(call: Call[Any, Any], binding: Binding) -> Artifact:
    try:
        return await call.parts.artifacts.get(binding.workspace_id, binding.artifact_id or "")
    except NotFoundError:
        await call.parts.bindings.ask_again(binding)
        text = "The picture of this address was deleted and is being made anew"
        raise BindingPendingError(text, retry_after=2) from None


async def _in_another_format(call: Call[Any, Any], binding: Binding, wanted: Format) -> Response:
    what = f"{binding.shown_digest} {wanted.encoding}"
    tag = f'W/"{hashlib.sha256(what.encode()).hexdigest()[:32]}"'
    headers = _headers(binding, wanted.media_type, wanted.name, tag)
    if _is_known(call, tag):
        return Response(None, 304, headers)
    shown = replace(binding, output=replace(binding.output, format=wanted.name))
    command = command_of(shown, binding.version, await call.parts.bindings.variables(binding))
    done = await call.parts.renders.run(
        replace(command, lane="interactive", wants_bytes=True, keyless=True, expires_in=_KEPT_S),
        turn=counted(call, binding.workspace_id),
    )
    call.timings.update(done.timings)
    return Response(done.result.data, headers=headers, media_type=done.result.media_type)


def _headers(binding: Binding, media_type: str, extension: str, tag: str) -> dict[str, str]:
    fresh = f"max-age={binding.refresh.ttl_seconds}" if binding.polled else "no-cache"
    return {
        **file_headers(media_type, f"{binding.uid}.{extension}"),
        "ETag": tag,
        "Cache-Control": f"public, {fresh}",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
    }


def _is_known(call: Call[Any, Any], tag: str) -> bool:
    """RFC 9110, section 13.1.2: any of the listed tags, compared weakly, or `*`."""
    listed = (call.header("if-none-match") or "").split(",")
    known = [one.strip().removeprefix("W/") for one in listed]
    return tag.removeprefix("W/") in known or "*" in known


async def post(call: Call[Posted, None]) -> PostedAnswer:
    """Feed a binding with data, or have it refreshed."""
    binding = await _hooked(call)
    most = call.parts.bindings.settings.binding_max_bytes
    if len(call.raw_body) > most:
        raise PayloadTooLargeError(
            f"The body has {len(call.raw_body)} bytes, and a binding's data may have {most} "
            "(PLATEN_BINDING_MAX_BYTES): send less"
        )
    await _limits(call).take(binding.uid)
    if binding.source.type == "webhook" and not call.raw_body.strip():
        raise ValidationError.of("", "The body is empty: post the binding's data as JSON")
    await call.parts.bindings.notify(binding, call.body.root)
    return PostedAnswer(message="The binding is being refreshed")


async def _hooked(call: Call[Posted, None]) -> Binding:
    """By the token of its webhook's URL; by its own uid, which is public, only with a key."""
    name = call.path["uid"]
    binding = await call.parts.bindings.by_hook(name)
    if binding is None and sent_key(call.request.headers) is not None:
        principal = await authenticate(call.parts.workspaces, call.request.headers)
        require_scope(principal, "templates")
        return await call.parts.bindings.get(principal.workspace_id, name)
    if binding is None:
        raise not_found(name)
    return binding


def _limits(call: Call[Posted, None]) -> HookLimits:
    state = call.request.app.state
    if not hasattr(state, "hook_limits"):
        state.hook_limits = HookLimits(call.parts.bindings.settings.binding_posts_per_minute)
    return state.hook_limits


_TAG = "bindings"

ROUTES: list[Route] = [
    Route(
        method="GET",
        path="/b/{file}",
        handler=get_picture,
        summary="The picture of a binding, `uid.png`, `.jpg`, `.webp`, `.gif` or `.pdf`",
        tag=_TAG,
        scope=None,
        media_types=tuple(dict.fromkeys(row.media_type for row in _SHOWN.values())),
        errors=(*RENDER_PROBLEMS, *KEYLESS_PROBLEMS, BindingFailedError, BindingPendingError),
        stops_with_client=True,
        request_headers={"If-None-Match": "An ETag that is known already: then 304."},
        answer_headers={
            "ETag": "The digest of the bytes; of what they show, in another format.",
            "Cache-Control": "The policy's `ttlSeconds`; `no-cache` where nothing is polled.",
        },
    ),
    Route(
        method="POST",
        path="/webhooks/{uid}",
        handler=post,
        summary="Feed a binding of type webhook with data, or have another one refreshed",
        tag=_TAG,
        scope=None,
        body=Posted,
        max_body=MOST_BYTES,
        answer=PostedAnswer,
        status=202,
        errors=(NotFoundError, ConflictError, PayloadTooLargeError, RateLimitError),
    ),
]
"""Bindings for everybody."""
