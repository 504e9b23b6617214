"""What can be wrong with a workspace's bindings and their sources, beside what any address can.

RequestError
  +-- BindingLimitError     409  binding_limit
ContentError
  +-- SourceFailedError     422  source_failed
"""

from core.errors import ContentError, RequestError

__all__ = ["BindingLimitError", "SourceFailedError"]


class BindingLimitError(RequestError):
    """The workspace has as many bindings as it may have. The text names the limit: delete some, or
    let the operator raise `PLATEN_BINDING_MAX_COUNT`.
    """

    code = "binding_limit"
    status = 409
    title = "Binding limit"


class SourceFailedError(ContentError):
    """The source of a binding answered, but with another status than 2xx or with no JSON. The
    text says which; `POST /bindings/{uid}/test` asks it again.
    """

    code = "source_failed"
    title = "Source failed"
