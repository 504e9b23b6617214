"""An uploaded file that templates name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from core.listing import Window

__all__ = ["ASSET_KINDS", "Asset", "AssetKind", "AssetPatch", "AssetQuery", "User"]

AssetKind = Literal["image", "font", "data"]
ASSET_KINDS: tuple[AssetKind, ...] = get_args(AssetKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One of a workspace's files; `name` is its own there. Moments are microseconds UTC.

    `digest` is SHA-256 (hex) of the bytes as they are kept. `facts`: pixels of a picture (`width`,
    `height`, `frames`, and in `changed` why it was written anew); `family`, `weight` (least and
    most), `style` and `glyphs` of a font. `focus`: what matters of a picture, as shares of width
    and height. `object_key` is never shown.
    """

    uid: str
    workspace_id: str
    name: str
    kind: AssetKind
    media_type: str
    extension: str
    size: int
    digest: str
    object_key: str
    created_us: int
    updated_us: int
    tags: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    focus: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetPatch:
    """A partial change: None leaves it. `focus` () takes it away. `data` are other bytes."""

    name: str | None = None
    tags: tuple[str, ...] | None = None
    focus: tuple[float, float] | tuple[()] | None = None
    data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetQuery:
    """A window of a workspace's assets. `q` looks in names."""

    window: Window = field(default_factory=Window)
    kind: AssetKind | None = None
    q: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class User:
    """A template whose published or newest version names an asset."""

    uid: str
    name: str
    version: int
