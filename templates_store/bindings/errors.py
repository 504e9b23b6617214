"""What can be wrong with a binding, beside its fields.

ContentError
  +-- BindingFailedError     422  binding_failed
ServiceError
  +-- BindingPendingError    503  binding_pending
"""

from core.errors import ContentError, ServiceError

__all__ = ["BindingFailedError", "BindingPendingError"]


class BindingFailedError(ContentError):
    """The binding could not be refreshed, and has nothing else to show or shall show nothing
    else (`onError: serve_error`). Its owner finds the reason in `lastError`.
    """

    code = "binding_failed"
    title = "Binding failed"


class BindingPendingError(ServiceError):
    """The binding was never rendered so far: ask again after `Retry-After` seconds."""

    code = "binding_pending"
    status = 503
    title = "Binding pending"
