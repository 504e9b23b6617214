"""What a binding's source can do wrong, beside what any address can.

ContentError
  +-- SourceFailedError     422  source_failed
"""

from core.errors import ContentError

__all__ = ["SourceFailedError"]


class SourceFailedError(ContentError):
    """The source of a binding answered, but with another status than 2xx or with no JSON. The
    text says which; `POST /bindings/{uid}/test` asks it again.
    """

    code = "source_failed"
    title = "Source failed"
