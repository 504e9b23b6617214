"""Every error as the one problem document (`application/problem+json`)."""

import json
from typing import Any

from pydantic import ConfigDict, Field
from starlette.responses import Response

from api.models import Answer, Omitted
from core.errors import PlatenError

__all__ = ["Problem", "ProblemField", "problem_response"]

_BUSY = (429, 503)


class ProblemField(Answer):
    """One wrong field."""

    field: str = Field(description="Its path, such as `options.margins.top`.")
    message: str
    code: str


class Problem(Answer):
    """What every error looks like. `detail`, `error` and `message` are the same text."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="The address of the error's documentation.")
    title: str
    status: int
    detail: str = Field(description="What failed, why, and how to mend it.")
    instance: str = Field(description="The path that was asked for.")
    error: str
    message: str
    code: str = Field(description="Stable; programs decide by it.")
    request_id: str
    errors: list[ProblemField] | None = Omitted
    line: int | None = Omitted
    column: int | None = Omitted
    retry_after: int | None = Field(
        default=None,
        alias="retry_after",
        exclude_if=lambda value: value is None,
        description="Whole seconds, as in `Retry-After`; `retryAfter` is the same.",
    )


def problem_response(
    error: PlatenError, *, request_id: str, instance: str, base_url: str
) -> Response:
    """The answer for `error`. A 429 and a 503 always say when to come back."""
    wait = error.retry_after
    if wait is None and error.status in _BUSY:
        wait = 1
    document = _document(error, wait, request_id, instance, base_url)
    headers = {"Cache-Control": "no-store"}
    if wait is not None:
        headers["Retry-After"] = str(wait)
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="platen"'
    if "allow" in error.extra:
        headers["Allow"] = ", ".join(error.extra["allow"])
    # ASCII with escapes: whatever the text holds, it can be written.
    content = json.dumps(document).encode()
    return Response(content, error.status, headers, "application/problem+json")


def _document(
    error: PlatenError, wait: int | None, request_id: str, instance: str, base_url: str
) -> dict[str, Any]:
    document: dict[str, Any] = {
        **error.extra,
        "type": f"{base_url}/docs/errors#{error.slug()}",
        "title": error.title,
        "status": error.status,
        "detail": error.message,
        "instance": instance,
        "error": error.message,
        "message": error.message,
        "code": error.code,
        "requestId": request_id,
    }
    if error.fields:
        document["errors"] = [
            {"field": item.field, "message": item.message, "code": item.code}
            for item in error.fields
        ]
    optional = {
        "line": error.line,
        "column": error.column,
        "retry_after": wait,
        "retryAfter": wait,
    }
    return document | {name: value for name, value in optional.items() if value is not None}
