"""What a workspace keeps for its templates, by name."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from renderer.compose.assets import FOCI, asset_url
from renderer.compose.functions.kinds import as_number, is_missing, text_of
from renderer.compose.functions.row import Function
from renderer.origin import DOCUMENT_ORIGIN, GIVEN

__all__ = ["ASSET_FUNCTIONS"]

_OURS = f"{DOCUMENT_ORIGIN}/"
_REMOTE = re.compile(r"https?://", re.IGNORECASE)
_GIVEN = re.compile(
    r"data:(image/[\w.+-]+);base64,([A-Za-z0-9+/\s]+=*)\s*", re.IGNORECASE | re.ASCII
)
_MOST = 4096
_LONGEST = 1_900_000
"""Characters of a picture in an address: Chromium takes two million in all."""


def asset(name: Any) -> str:
    """The URL under which the documents of this render find the asset."""
    return asset_url(text_of(name))


def crop(photo: Any, width: Any, height: Any, focus: Any = None) -> str:
    """The address of the largest part of a photograph with these proportions."""
    address = "" if is_missing(photo) else text_of(photo).strip()
    if not address:
        return ""
    place = f"{_side('width', width)}x{_side('height', height)}/{_focus(address, focus)}"
    if address.startswith(f"{_OURS}.assets/"):
        return f"{_OURS}.crop/{place}/{address.removeprefix(_OURS)}"
    if given := _GIVEN.fullmatch(address):
        return f"{_OURS}.crop/{place}/{GIVEN}/{given[1].lower()}/{_short(given[2])}"
    if not _REMOTE.match(address):
        raise ValueError(
            "crop takes an asset, an http(s) address or a data:image/...;base64 URL, not other "
            "addresses"
        )
    return f"{_OURS}.crop/{place}/{urlsafe_b64encode(address.encode()).decode()}"


def _short(data: str) -> str:
    data = re.sub(r"\s+", "", data)
    if len(data) > _LONGEST:
        raise ValueError(
            "crop takes pictures of 1.4 MB as data: URLs at most: upload it as an asset, or give "
            "its address"
        )
    return data


def _side(name: str, value: Any) -> int:
    side = round(as_number(value))
    if not 1 <= side <= _MOST:
        raise ValueError(f"crop takes a {name} from 1 to {_MOST} pixels")
    return side


def _focus(address: str, focus: Any) -> str:
    """As the address says it: `smart`, or shares of width and height."""
    if is_missing(focus) or focus == "":
        x, y = FOCI.get().get(address, (0.5, 0.5))
        return f"{x:.4f},{y:.4f}"
    if isinstance(focus, Mapping):
        return ",".join(_share(focus.get(name)) for name in ("x", "y"))
    if focus == "smart":
        return "smart"
    if focus == "center":
        return "0.5,0.5"
    raise ValueError("crop takes 'smart', 'center' or an object of x and y as its focus")


def _share(value: Any) -> str:
    share = as_number(value)
    if not 0 <= share <= 1:
        raise ValueError("crop takes x and y from 0 to 1, shares of width and height")
    return f"{share:.4f}"


ASSET_FUNCTIONS = (
    Function("asset", asset, "asset(name)",
             "The address of an uploaded file, for `src`, `href` and `url(...)`",
             "asset('logo.svg')", "http://document.localhost/.assets/5e1f.svg"),
    Function("crop", crop, "crop(photo, width, height, focus?)",
             "The address of the largest part in the proportions of `width` to `height`, round "
             "`'smart'`, `'center'`, `{'x': 0.3, 'y': 0.6}` or the asset's own focal point",
             "crop(asset('logo.svg'), 600, 400, 'smart')",
             "http://document.localhost/.crop/600x400/smart/.assets/5e1f.svg"),
)  # fmt: skip
