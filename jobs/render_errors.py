"""Errors that only the life of a render can cause.

RequestError
  +-- VariablesTooLargeError   413
  +-- HtmlTooLargeError        413
"""

from core.errors import RequestError

__all__ = ["HtmlTooLargeError", "VariablesTooLargeError"]


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
