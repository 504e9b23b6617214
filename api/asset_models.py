"""Assets on the wire."""

from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints

from api.lists import PageListing
from api.models import Answer, Body, Omitted, Pagination
from api.template_models import Tag
from api.variable_models import PlainText
from core.clock import to_iso
from templates_store.assets.asset import Asset, AssetKind, User

__all__ = [
    "AssetAnswer",
    "AssetDetails",
    "AssetEnvelope",
    "AssetList",
    "AssetsQuery",
    "CreateAsset",
    "FocalPoint",
    "UpdateAsset",
]

NAME = r"^\w[\w .()@+-]{0,127}$"
AssetName = Annotated[
    PlainText,
    StringConstraints(pattern=NAME),
    Field(
        description="How templates call it: 1 to 128 letters, digits, spaces and any of `_.-()@+`."
    ),
]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Url = Annotated[str, Field(min_length=1, max_length=8192)]


class FocalPoint(Body):
    """What matters of a picture, as shares of its width and height from the upper left corner."""

    x: Share
    y: Share


class CreateAsset(Body):
    """A new asset: a file in a multipart body, or a URL that has it."""

    name: AssetName | None = Field(
        default=None, description="Without one, the file's own, or the last part of the URL."
    )
    tags: list[Tag] = Field(default_factory=list, max_length=50)
    url: Url | None = Field(default=None, description="Where the file is fetched once, http(s).")


class UpdateAsset(Body):
    """A partial change: only members that are there change; a file takes the place of the old."""

    name: AssetName | None = None
    tags: list[Tag] | None = Field(default=None, max_length=50)
    focal_point: FocalPoint | None = Field(
        default=None, description="Of a picture: what `crop` keeps in sight. Null takes it away."
    )
    url: Url | None = Field(default=None, description="Where a file in its place is fetched.")


class AssetsQuery(PageListing):
    """A window of the assets."""

    sorts: ClassVar = {"createdAt": "created_us", "name": "name"}
    key: ClassVar = "uid"

    kind: AssetKind | None = None
    q: PlainText = Field(default="", max_length=200, description="Part of the name.")
    tag: PlainText = Field(default="", max_length=64)


class FontFacts(Answer):
    """What a font says of itself; `weight` is the least and the most that it has."""

    family: str
    weight: list[int]
    style: str
    glyphs: int


class AssetAnswer(Answer):
    """An asset. `width`, `height` and `frames` are of pictures, `font` of fonts.

    `changed`: why a photograph was written anew (`orientation`, `mode`, `profile`, `format`).
    """

    uid: str
    name: str
    kind: AssetKind
    media_type: str
    size: int
    digest: str
    tags: list[str]
    width: int | None = Omitted
    height: int | None = Omitted
    frames: int | None = Omitted
    changed: list[str] | None = Omitted
    focal_point: FocalPoint | None = Omitted
    font: FontFacts | None = Omitted
    content_url: str
    created_at: str
    updated_at: str

    @classmethod
    def of(cls, asset: Asset, base_url: str) -> "AssetAnswer":
        """From what the store knows."""
        facts = asset.facts
        of_picture: dict[str, Any] = {
            name: facts.get(name) for name in ("width", "height", "frames", "changed")
        }
        focus = asset.focus
        return cls(
            uid=asset.uid,
            name=asset.name,
            kind=asset.kind,
            media_type=asset.media_type,
            size=asset.size,
            digest=asset.digest,
            tags=list(asset.tags),
            **of_picture,
            focal_point=None if focus is None else FocalPoint(x=focus[0], y=focus[1]),
            font=FontFacts(**facts) if asset.kind == "font" else None,
            content_url=f"{base_url}/assets/{asset.uid}/content",
            created_at=to_iso(asset.created_us),
            updated_at=to_iso(asset.updated_us),
        )


class UserAnswer(Answer):
    """A template whose published or newest version names the asset."""

    template_uid: str
    name: str
    version: int

    @classmethod
    def of(cls, user: User) -> "UserAnswer":
        """From what the store knows."""
        return cls(template_uid=user.uid, name=user.name, version=user.version)


class AssetEnvelope(Answer):
    """One asset."""

    asset: AssetAnswer


class AssetDetails(AssetEnvelope):
    """One asset, and who names it."""

    users: list[UserAnswer]


class AssetList(Answer):
    """A window of the workspace's assets."""

    assets: list[AssetAnswer]
    pagination: Pagination
