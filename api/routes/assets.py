"""Assets: pictures, fonts and data that templates name."""

from typing import Any

from starlette.responses import Response

from api.asset_models import (
    AssetAnswer,
    AssetDetails,
    AssetEnvelope,
    AssetList,
    AssetsQuery,
    CreateAsset,
    UpdateAsset,
    UserAnswer,
)
from api.asset_requests import SentFile, sent_asset
from api.call import Call
from api.delivery import file_headers
from api.models import Deleted
from api.routing import Route
from core.errors import ConflictError, NotFoundError, ValidationError
from egress.errors import BlockedAddressError, FetchFailedError
from renderer.intake.errors import UnreadableFontError, UnreadableImageError
from templates_store.assets.asset import Asset, AssetPatch, AssetQuery
from templates_store.assets.kind import MEDIA_TYPES
from templates_store.errors import (
    AssetInUseError,
    AssetLimitError,
    AssetRefusedError,
    AssetTooLargeError,
)

__all__ = ["ROUTES"]


async def create_asset(call: Call[CreateAsset, None]) -> AssetEnvelope:
    """Keep a file under a name."""
    sent, file = sent_asset(call)
    body = CreateAsset.model_validate(sent)
    if file is None:
        raise ValidationError.of(
            "file",
            "no file was sent: send multipart/form-data with the part 'file', or JSON with url",
            "required",
        )
    name = body.name or file.name
    if not name:
        raise ValidationError.of("name", "the file says no name that could be used", "required")
    data = await _bytes_of(call, file)
    asset = await call.parts.assets.create(call.workspace_id, name, data, tuple(body.tags))
    call.headers["Location"] = f"{call.parts.settings.base_url}/assets/{asset.uid}"
    return AssetEnvelope(asset=_answer(call, asset))


async def list_assets(call: Call[None, AssetsQuery]) -> AssetList:
    """A window of the workspace's assets."""
    asked = call.query
    query = AssetQuery(window=asked.window(), kind=asked.kind, q=asked.q, tag=asked.tag)
    rows, pagination = asked.turned(*await call.parts.assets.list(call.workspace_id, query))
    return AssetList(assets=[_answer(call, asset) for asset in rows], pagination=pagination)


async def get_asset(call: Call[None, None]) -> AssetDetails:
    """One asset, and the templates that name it."""
    asset = await call.parts.assets.get(call.workspace_id, call.path["uid"])
    users = await call.parts.assets.users(asset)
    return AssetDetails(asset=_answer(call, asset), users=[UserAnswer.of(one) for one in users])


async def get_content(call: Call[None, None]) -> Response:
    """The bytes of an asset as they are kept; what could hold scripts is for saving only."""
    asset = await call.parts.assets.get(call.workspace_id, call.path["uid"])
    headers = {
        **file_headers(asset.media_type, f"{asset.uid}.{asset.extension}"),
        "ETag": f'"{asset.digest}"',
        "Cache-Control": "private, no-cache",
        # As it is: a table may be in any encoding.
        "Content-Type": asset.media_type,
    }
    if call.header("if-none-match") == headers["ETag"]:
        return Response(None, 304, headers)
    data = await call.parts.assets.read(asset)
    return Response(data, headers=headers)


async def update_asset(call: Call[UpdateAsset, None]) -> AssetEnvelope:
    """Change name, tags or focal point, or put another file in its place."""
    uid = call.path["uid"]
    known = await call.parts.assets.get(call.workspace_id, uid)
    sent, file = sent_asset(call)
    body = UpdateAsset.model_validate(sent)
    patch = AssetPatch(
        name=body.name,
        tags=None if body.tags is None else tuple(body.tags),
        focus=_focus(body, known),
        data=None if file is None else await _bytes_of(call, file),
    )
    return AssetEnvelope(
        asset=_answer(call, await call.parts.assets.update(call.workspace_id, uid, patch))
    )


async def delete_asset(call: Call[None, None]) -> Deleted:
    """Delete an asset that no template names."""
    asset = await call.parts.assets.delete(call.workspace_id, call.path["uid"])
    return Deleted(message=f"The asset '{asset.name}' ({asset.uid}) was deleted")


async def _bytes_of(call: Call[Any, Any], file: SentFile) -> bytes:
    if file.url is None:
        return file.data or b""
    return await call.parts.assets.fetch(call.workspace_id, file.url, call.principal.reach)


def _focus(body: UpdateAsset, known: Asset) -> tuple[float, float] | tuple[()] | None:
    if "focal_point" not in body.model_fields_set:
        return None
    if body.focal_point is None:
        return ()
    if known.kind != "image":
        raise ValidationError.of("focalPoint", "only a picture has a focal point", "not_allowed")
    return body.focal_point.x, body.focal_point.y


def _answer(call: Call[Any, Any], asset: Asset) -> AssetAnswer:
    return AssetAnswer.of(asset, call.parts.settings.base_url)


_ONE = "/assets/{uid}"
_FILE_ERRORS = (
    AssetLimitError,
    AssetRefusedError,
    AssetTooLargeError,
    BlockedAddressError,
    ConflictError,
    FetchFailedError,
    UnreadableFontError,
    UnreadableImageError,
)

ROUTES: list[Route] = [
    Route(
        method="POST",
        path="/assets",
        handler=create_asset,
        summary="Upload a picture, a font or data",
        tag="assets",
        scope="templates",
        body=CreateAsset,
        example={"url": "https://example.com/logo.svg", "name": "logo.svg", "tags": ["brand"]},
        answer=AssetEnvelope,
        status=201,
        errors=_FILE_ERRORS,
        multipart=True,
        answer_headers={"Location": "The asset's address."},
    ),
    Route(
        method="GET",
        path="/assets",
        handler=list_assets,
        summary="List and search assets",
        tag="assets",
        scope="templates",
        query=AssetsQuery,
        answer=AssetList,
    ),
    Route(
        method="GET",
        path=_ONE,
        handler=get_asset,
        summary="One asset, and the templates that name it",
        tag="assets",
        scope="templates",
        answer=AssetDetails,
        errors=(NotFoundError,),
    ),
    Route(
        method="GET",
        path=f"{_ONE}/content",
        handler=get_content,
        summary="The bytes of an asset",
        tag="assets",
        scope="templates",
        media_types=MEDIA_TYPES,
        errors=(NotFoundError,),
        request_headers={"If-None-Match": "An ETag that is known already: then 304."},
        answer_headers={"ETag": "The digest of the bytes."},
    ),
    Route(
        method="PUT",
        path=_ONE,
        handler=update_asset,
        summary="Change an asset, or put another file in its place",
        tag="assets",
        scope="templates",
        body=UpdateAsset,
        example={"tags": ["brand", "2026"]},
        answer=AssetEnvelope,
        errors=(NotFoundError, AssetInUseError, *_FILE_ERRORS),
        multipart=True,
    ),
    Route(
        method="DELETE",
        path=_ONE,
        handler=delete_asset,
        summary="Delete an asset that no template names",
        tag="assets",
        scope="templates",
        answer=Deleted,
        errors=(NotFoundError, AssetInUseError),
    ),
]
