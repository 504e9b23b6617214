"""What a workspace keeps for its templates, by name."""

from typing import Any

from renderer.compose.assets import asset_url
from renderer.compose.functions.kinds import text_of
from renderer.compose.functions.row import Function

__all__ = ["ASSET_FUNCTIONS"]


def asset(name: Any) -> str:
    """The URL under which the documents of this render find the asset."""
    return asset_url(text_of(name))


ASSET_FUNCTIONS = (
    Function("asset", asset, "asset(name)",
             "The address of an uploaded file, for `src`, `href` and `url(...)`",
             "asset('logo.svg')", "http://document.localhost/.assets/5e1f.svg"),
)  # fmt: skip
