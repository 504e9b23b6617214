"""What can be wrong with a template or with the data for one.

RequestError
  +-- AssetInUseError           409  asset_in_use
  +-- AssetLimitError           409  asset_limit
  +-- TemplateTooLargeError     413  TEMPLATE_TOO_LARGE
  +-- AssetTooLargeError        413  asset_too_large
ContentError
  +-- AssetRefusedError         422  asset_refused
  +-- PartialNotFoundError      422  partial_not_found
  +-- VariableRequiredError     422  VARIABLE_REQUIRED
  +-- VariableInvalidError      422  VARIABLE_INVALID
"""

from core.errors import ContentError, RequestError

__all__ = [
    "AssetInUseError",
    "AssetLimitError",
    "AssetRefusedError",
    "AssetTooLargeError",
    "PartialNotFoundError",
    "TemplateTooLargeError",
    "VariableInvalidError",
    "VariableRequiredError",
]


class TemplateTooLargeError(RequestError):
    """A stored body is over 500 kB. Move pictures and fonts out of it: name them by URL."""

    code = "TEMPLATE_TOO_LARGE"
    status = 413
    title = "Template too large"


class AssetInUseError(RequestError):
    """Templates name this asset in their published or newest version, so it cannot be deleted or
    renamed. `users` lists them: take it out of them, or replace its bytes under the same name.
    """

    code = "asset_in_use"
    status = 409
    title = "Asset in use"


class AssetLimitError(RequestError):
    """The workspace has as many assets, or as many bytes of them, as it may have. The text names
    the limit: delete some, or let the operator raise it.
    """

    code = "asset_limit"
    status = 409
    title = "Asset limit"


class AssetTooLargeError(RequestError):
    """The file is larger than one asset may be: send a smaller one, or let the operator raise
    `PLATEN_ASSET_MAX_BYTES`.
    """

    code = "asset_too_large"
    status = 413
    title = "Asset too large"


class AssetRefusedError(ContentError):
    """The file is of a kind that is not kept, or is broken. The text says which: send a picture
    (PNG, JPEG, WebP, AVIF, GIF, SVG, TIFF, BMP), a font (TTF, OTF, WOFF, WOFF2) or data (CSV, XLSX,
    JSON, JSON Lines).
    """

    code = "asset_refused"
    title = "Asset refused"


class PartialNotFoundError(ContentError):
    """The source includes a template by a name that none of this workspace has, or that several
    have: correct the name, store the template first, or include it by its uid.
    """

    code = "partial_not_found"
    title = "Partial not found"


class VariableRequiredError(ContentError):
    """A required variable has no value and no default: send it. `errors` names each one."""

    code = "VARIABLE_REQUIRED"
    title = "Variable required"


class VariableInvalidError(ContentError):
    """A variable's value breaks its definition's type or validation. `errors` names each one."""

    code = "VARIABLE_INVALID"
    title = "Variable invalid"
