"""The one shape of every error that a caller can see.

    PlatenError
      +-- RequestError       the caller's request is wrong                   4xx
      +-- ContentError       what a page, template or its data causes        422
      +-- ServiceError       what we cause                                   5xx

A concrete error is a subclass that states `code`, `status` and `title`; its docstring says in
plain words what it means and how to mend it, and is what the documentation prints. Each
package keeps its own in its `errors.py`; together they are the closed list of `error_types()`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

__all__ = [
    "ConflictError",
    "ContentError",
    "FieldError",
    "ForbiddenError",
    "InternalError",
    "NotFoundError",
    "OverloadedError",
    "PlatenError",
    "RenderTimeoutError",
    "RequestError",
    "ServiceError",
    "StorageUnavailableError",
    "TempSpaceError",
    "ValidationError",
    "error_types",
]


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: its path (`options.margins.top`), what is wrong with it, a stable code."""

    field: str
    message: str
    code: str = "invalid"


class PlatenError(Exception):
    """Base of all errors that know their status, their public text and their category.

    `message` is public: what failed, why, and how to mend it. `private` goes to the log only.
    `line` and `column` (from 1) point into a template's source. `retry_after` is whole seconds.
    """

    code: ClassVar[str] = ""
    status: ClassVar[int] = 500
    title: ClassVar[str] = ""

    def __init__(
        self,
        message: str = "",
        *,
        fields: Sequence[FieldError] = (),
        line: int | None = None,
        column: int | None = None,
        retry_after: int | None = None,
        private: str = "",
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.message = message or self.title
        self.fields = tuple(fields)
        self.line = line
        self.column = column
        self.retry_after = retry_after
        self.private = private
        self.extra = dict(extra or {})
        super().__init__(self.message)

    def at(self, field: str) -> Self:
        """The same error, which names the request's field that led to it unless it names one."""
        self.fields = self.fields or (FieldError(field, self.message, self.code),)
        return self

    @classmethod
    def slug(cls) -> str:
        """The last segment of the problem's `type` and the heading of its documentation."""
        return cls.code.lower().replace("_", "-")


class RequestError(PlatenError):
    """Base: the request is wrong; sending it again unchanged will fail again."""

    status = 400


class ContentError(PlatenError):
    """Base: the page, the template or its data made the render fail."""

    status = 422


class ServiceError(PlatenError):
    """Base: our own fault or a passing lack of means; the same request may succeed later."""

    status = 500


class ValidationError(RequestError):
    """A field of the request is missing, of the wrong kind or out of range. `errors` names each."""

    code = "validation_error"
    status = 400
    title = "Validation error"

    @classmethod
    def of(cls, field: str, message: str, code: str = "invalid") -> "ValidationError":
        """The error for one field, whose text is also the text of the whole."""
        return cls(message, fields=[FieldError(field, message, code)])


class ForbiddenError(RequestError):
    """The key is valid but lacks the scope that this route asks for: use a key that has it."""

    code = "insufficient_scope"
    status = 403
    title = "Insufficient scope"


class NotFoundError(RequestError):
    """Nothing of that id exists in this workspace. Check the id and the key's workspace."""

    code = "not_found"
    status = 404
    title = "Not found"


class ConflictError(RequestError):
    """The thing is not in a state that allows this: read it again and decide anew."""

    code = "conflict"
    status = 409
    title = "Conflict"


class InternalError(ServiceError):
    """Something failed inside the service. The request id finds it in the operator's log."""

    code = "render_failed"
    status = 500
    title = "Render failed"


class OverloadedError(ServiceError):
    """Every render slot is taken and the queue is full: send again after `Retry-After` seconds."""

    code = "overloaded"
    status = 503
    title = "Overloaded"


class StorageUnavailableError(ServiceError):
    """The database or the artifact store does not answer: send again after `Retry-After`."""

    code = "storage_unavailable"
    status = 503
    title = "Storage unavailable"


class TempSpaceError(ServiceError):
    """There is no room for temporary files: make some where `TMPDIR` leads, send again later."""

    code = "temp_space"
    status = 503
    title = "Temp space"


class RenderTimeoutError(ServiceError):
    """The render did not end before its deadline. Make the page lighter or raise `timeout`."""

    code = "render_timeout"
    status = 504
    title = "Render timeout"


def error_types() -> Iterator[type[PlatenError]]:
    """Every concrete error known to the process, once per code, in order of status and code."""

    def walk(cls: type[PlatenError]) -> Iterator[type[PlatenError]]:
        if cls.code:
            yield cls
        for child in cls.__subclasses__():
            yield from walk(child)

    first = {cls.code: cls for cls in reversed(list(walk(PlatenError)))}
    yield from sorted(first.values(), key=lambda cls: (cls.status, cls.code))
