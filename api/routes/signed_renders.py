"""Renders by address alone: signed URLs for pages of others, and previews that open once."""

import hashlib
import json
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from starlette.responses import Response

from api.call import Call
from api.delivery import file_headers
from api.errors import InvalidSignatureError
from api.keyless import KEYLESS_PROBLEMS, counted
from api.query_variables import query_variables
from api.render_problems import RENDER_PROBLEMS
from api.routing import Route
from api.signed_models import SignedUrlAnswer, SignedUrlBody, SignedVersion, SigningKeyAnswer
from api.validation import validated
from core.clock import SECOND, now_us, to_iso
from core.errors import ForbiddenError, NotFoundError, ValidationError
from core.reach import Reach
from jobs.formats import FORMATS
from jobs.outputs import output_for
from jobs.render.canonical import canonical
from jobs.render.command import RenderCommand, TemplateRef
from jobs.render.stored import KeptFiles
from templates_store.resolved import Resolved
from templates_store.signing import SIGNATURE, TOKEN, Signing, signed_subject

__all__ = ["ROUTES"]

_RESERVED = ("expires", "layout", "locale", "timezone", "variables", "version", "egress")
_PREFIX = "var."
_ONCE = 600
_WRONG = (
    "This address was changed, has expired, was used up or was never signed: make a new one by "
    "POST /templates/{uid}/signed-url"
)


async def make_signed_url(call: Call[SignedUrlBody, None]) -> SignedUrlAnswer:
    """Sign an address that shows a template with these data to anybody."""
    body, uid = call.body, call.path["uid"]
    # What is not there, or not in this version, is said now and not to the site's visitors.
    await call.parts.templates.resolve(call.workspace_id, uid, version=body.version)
    seconds = body.expires_in or (_ONCE if body.one_time else None)
    expires_us = None if seconds is None else (now_us() // SECOND + seconds) * SECOND
    pairs = _pairs(call, body, expires_us)
    path = f"/r/{quote(uid, safe='')}.{body.format}"
    subject, signing = signed_subject(path, pairs), Signing(call.parts.database)
    if body.one_time and expires_us is not None:
        token = await signing.issue(call.workspace_id, subject, expires_us)
        pairs.append((TOKEN, token))
    else:
        pairs.append((SIGNATURE, await signing.sign(call.workspace_id, subject)))
    return SignedUrlAnswer(
        url=f"{call.parts.settings.base_url}{path}?{urlencode(pairs)}",
        expires_at=None if expires_us is None else to_iso(expires_us),
    )


async def get_signing_key(call: Call[None, None]) -> SigningKeyAnswer:
    """The key with which a site signs render URLs by itself."""
    if call.principal.reach.policy != "public":
        raise ForbiddenError("This key's renders may not go everywhere, and a signed URL's may")
    key = await Signing(call.parts.database).secret(call.workspace_id)
    return SigningKeyAnswer(key=key)


async def get_render(call: Call[Any, Any]) -> Response:
    """What the address shows, drawn now or known from before."""
    uid, _, extension = call.path["file"].rpartition(".")
    if not uid or extension not in FORMATS:
        raise NotFoundError(f"A render URL ends in one of {', '.join(FORMATS)}")
    pairs = parse_qsl(call.request.url.query, keep_blank_values=True)
    asked = dict(pairs)
    path = f"/r/{quote(uid, safe='')}.{extension}"
    workspace_id = await _opened(call, uid, signed_subject(path, pairs), asked)
    if call.request.method == "HEAD" and TOKEN in asked:
        return Response(None, 200, {"Cache-Control": "private, no-store"})
    version = validated(SignedVersion, {"version": asked.get("version") or None}).version
    layout = asked.get("layout")
    resolved = await call.parts.templates.resolve(workspace_id, uid, version=version, layout=layout)
    command = RenderCommand(
        workspace_id=workspace_id,
        origin=TemplateRef(uid, resolved.version, layout),
        output=output_for(FORMATS[extension]),
        variables=_variables(call, asked),
        locale=asked.get("locale", "en-US"),
        timezone=asked.get("timezone", "UTC"),
        reach=_reach(asked.get("egress")),
        store=TOKEN not in asked,
        keyless=True,
    )
    files = await call.parts.renders.kept_files(command, resolved)
    headers = _headers(call, resolved, files, asked, extension)
    if headers["ETag"] in (call.header("if-none-match") or "") and TOKEN not in asked:
        return Response(None, 304, headers)
    # A token was counted when it was made, and is used up by now.
    turn = None if TOKEN in asked else counted(call, workspace_id)
    done = await call.parts.renders.run(command, turn=turn)
    call.timings.update(done.timings)
    return Response(done.result.data, headers=headers, media_type=done.result.media_type)


def _pairs(
    call: Call[SignedUrlBody, None], body: SignedUrlBody, expires_us: int | None
) -> list[tuple[str, str]]:
    plain = {name: value for name, value in body.variables.items() if isinstance(value, str)}
    other = {name: value for name, value in body.variables.items() if name not in plain}
    pairs = [(_PREFIX + name, value) for name, value in plain.items()]
    if other:
        pairs.append(("variables", json.dumps(other, separators=(",", ":"))))
    if body.layout:
        pairs.append(("layout", body.layout))
    if body.version is not None:
        pairs.append(("version", str(body.version)))
    if expires_us is not None:
        pairs.append(("expires", str(expires_us // SECOND)))
    reach = call.principal.reach
    if reach.policy != "public":  # the URL goes no further than the key that signed it
        pairs.append(("egress", ",".join(sorted(reach.hosts)) if reach.hosts else "none"))
    return pairs


async def _opened(call: Call[Any, Any], uid: str, subject: str, asked: dict[str, str]) -> str:
    """The workspace whose signature or token opens the address. Raises InvalidSignatureError."""
    signing = Signing(call.parts.database)
    workspace_id = await signing.workspace_of(uid)
    if workspace_id is None or _is_over(asked.get("expires")):
        raise InvalidSignatureError(_WRONG)
    if TOKEN in asked:
        # Who only looks whether something is there must not use the one look up.
        open_ = signing.is_issued if call.request.method == "HEAD" else signing.redeem
        opened = await open_(workspace_id, subject, asked[TOKEN])
    else:
        opened = await signing.is_signed(workspace_id, subject, asked.get(SIGNATURE, ""))
    if not opened:
        raise InvalidSignatureError(_WRONG)
    return workspace_id


def _is_over(expires: str | None) -> bool:
    """Whether the end that an address has is behind us, or is none at all."""
    if expires is None:
        return False
    digits = expires.isascii() and expires.isdigit() and len(expires) < 12
    return not digits or int(expires) * SECOND <= now_us()


def _variables(call: Call[Any, Any], asked: dict[str, str]) -> dict[str, Any]:
    """`variables` as JSON, `var.NAME=`, and every other name that means nothing else."""
    depth = call.parts.settings.max_json_depth
    values = query_variables(asked.get("variables", ""), depth)
    for name, value in asked.items():
        if name.startswith(_PREFIX):
            values[name.removeprefix(_PREFIX)] = value
        elif name not in {*_RESERVED, SIGNATURE, TOKEN}:
            values[name] = value
    return values


def _headers(
    call: Call[Any, Any],
    resolved: Resolved,
    files: KeptFiles,
    asked: dict[str, str],
    extension: str,
) -> dict[str, str]:
    what = canonical([resolved.digest, resolved.layout, files, extension, asked])
    age = call.parts.settings.render_url_max_age
    if "expires" in asked:
        age = max(0, min(age, int(asked["expires"]) - now_us() // SECOND))
    private = TOKEN in asked or asked.get("version") == "draft"
    media_type = FORMATS[extension].media_type
    return {
        **file_headers(media_type, f"{resolved.uid}.{extension}"),
        "ETag": f'W/"{hashlib.sha256(what).hexdigest()[:32]}"',
        "Cache-Control": "private, no-store" if private else f"public, max-age={age}",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
    }


def _reach(text: str | None) -> Reach:
    if text is None:
        return Reach()
    if text == "none":
        return Reach("none")
    return Reach("allow-list", frozenset(text.split(",")))


ROUTES: list[Route] = [
    Route(
        method="POST",
        path="/templates/{uid}/signed-url",
        handler=make_signed_url,
        summary="Sign an address that shows a template with data to anybody",
        tag="templates",
        body=SignedUrlBody,
        example={"variables": {"title": "Good morning"}, "format": "png"},
        answer=SignedUrlAnswer,
        errors=(NotFoundError,),
    ),
    Route(
        method="GET",
        path="/signing-key",
        handler=get_signing_key,
        summary="The key for sites that sign render URLs by themselves",
        tag="templates",
        scope="admin",
        answer=SigningKeyAnswer,
        errors=(ForbiddenError,),
    ),
    Route(
        method="GET",
        path="/r/{file}",
        handler=get_render,
        summary="What a signed address shows, such as an Open Graph image",
        tag="templates",
        scope=None,
        media_types=tuple(dict.fromkeys(row.media_type for row in FORMATS.values())),
        errors=(
            *RENDER_PROBLEMS,
            *KEYLESS_PROBLEMS,
            InvalidSignatureError,
            NotFoundError,
            ValidationError,
        ),
        stops_with_client=True,
        request_headers={"If-None-Match": "An ETag that is known already: then 304."},
        answer_headers={"ETag": "Of version, layout, files and query; weak: without the clock."},
    ),
]
