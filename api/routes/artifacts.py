"""The bytes that renders made: public by an unguessable address, deleted by their owner."""

from typing import Any

from starlette.responses import Response

from api.call import Call
from api.delivery import file_headers
from api.models import Deleted
from api.routing import Route
from core.artifacts import Artifact
from core.clock import SECOND, now_us
from core.errors import NotFoundError
from jobs.formats import FORMATS

__all__ = ["ROUTES"]

_DAY = 86_400


async def get_file(call: Call[Any, Any]) -> Response:
    """The bytes of an artifact, for anybody who has its address."""
    artifact = await _public(call)
    headers = {
        **file_headers(artifact.media_type, f"{artifact.token}.{artifact.extension}"),
        "ETag": f'"{artifact.digest}"',
        "Cache-Control": f"public, max-age={_max_age(artifact)}, immutable",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
    }
    if _is_known(artifact, call.header("if-none-match")):
        return Response(None, 304, headers)
    data = await call.parts.artifacts.read(artifact)
    return Response(data, headers=headers, media_type=artifact.media_type)


async def delete_file(call: Call[Any, Any]) -> Deleted:
    """Delete an artifact at once, by its own id, its render's, or its address's last segment."""
    name = call.path["id"]
    artifact_id = await _artifact_id(call, name)
    await call.parts.artifacts.delete(call.workspace_id, artifact_id)
    return Deleted(message=f"{name} and its bytes are deleted")


async def _public(call: Call[Any, Any]) -> Artifact:
    token, _, extension = call.path["id"].partition(".")
    artifact = await call.parts.artifacts.by_token(token)
    if artifact is None or artifact.extension != extension:
        raise NotFoundError("No file has this address: it was deleted, has expired or never was")
    return artifact


async def _artifact_id(call: Call[Any, Any], name: str) -> str:
    if name.startswith("rnd_"):
        return (await call.parts.renders.get(call.workspace_id, name)).artifact.id
    if name.startswith("art_"):
        return name
    artifact = await call.parts.artifacts.by_token(name.partition(".")[0])
    if artifact is None or artifact.workspace_id != call.workspace_id:
        raise NotFoundError(f"No file has the id '{name[:80]}' in this workspace")
    return artifact.id


def _max_age(artifact: Artifact) -> int:
    """Seconds that a cache may keep it: a day, and never past its end."""
    if artifact.expires_us is None:
        return _DAY
    return max(0, min(_DAY, (artifact.expires_us - now_us()) // SECOND))


def _is_known(artifact: Artifact, if_none_match: str | None) -> bool:
    """RFC 9110, section 13.1.2: any of the listed tags, compared weakly, or `*`."""
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return f'"{artifact.digest}"' in tags or "*" in tags


ROUTES: list[Route] = [
    Route(
        method="GET",
        path="/files/{id}",
        handler=get_file,
        summary="Get an artifact by its public address",
        tag="artifacts",
        scope=None,
        media_types=tuple(dict.fromkeys(row.media_type for row in FORMATS.values())),
        errors=(NotFoundError,),
        request_headers={"If-None-Match": "An ETag that is known already: then 304."},
        answer_headers={"ETag": "The digest of the bytes."},
    ),
    Route(
        method="DELETE",
        path="/files/{id}",
        handler=delete_file,
        summary="Delete an artifact at once",
        tag="artifacts",
        scope="files",
        answer=Deleted,
        errors=(NotFoundError,),
    ),
]
