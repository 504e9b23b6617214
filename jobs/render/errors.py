"""Errors that only the life of a render can cause.

RequestError
  +-- VariablesTooLargeError   413
  +-- HtmlTooLargeError        413
ContentError
  +-- UnknownLayoutError       422, an entry of a list of layouts
  +-- UnknownSizeError         422, an entry of a list of sizes
  +-- WarningsRefusedError     422
"""

from core.errors import ContentError, RequestError

__all__ = [
    "HtmlTooLargeError",
    "ImageMissingError",
    "UnknownLayoutError",
    "UnknownSizeError",
    "VariablesTooLargeError",
    "WarningsRefusedError",
]


class VariablesTooLargeError(RequestError):
    """The variables of one render are over the limit: give big pictures as URLs, not as data."""

    code = "variables_too_large"
    status = 413
    title = "Variables too large"


class HtmlTooLargeError(RequestError):
    """The inline `html` is over the limit: name pictures and fonts by URL instead of inlining."""

    code = "html_too_large"
    status = 413
    title = "HTML too large"


class UnknownLayoutError(ContentError):
    """The template has no layout of that name. The text names those that it has."""

    code = "unknown_layout"
    title = "Unknown layout"


class UnknownSizeError(ContentError):
    """There is no size preset of that name. The text tells the nearest ones."""

    code = "unknown_size"
    title = "Unknown size"


class ImageMissingError(ContentError):
    """The picture that a variable of the type image names did not come or cannot be read: nothing
    was kept. `errors` names each variable with the reason: mend its address, or say that it may be
    missing, by `onMissing: empty` in the call or in the variable's validation.
    """

    code = "image_missing"
    title = "Image missing"


class WarningsRefusedError(ContentError):
    """A warning came up that the call names in `failOnWarnings`: nothing was kept. Mend what
    the text says, or take the code from the list.
    """

    code = "warnings_refused"
    title = "Warnings refused"
