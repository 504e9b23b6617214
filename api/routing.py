"""A route is a row of a table: what it takes, what it gives, who may call it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel
from starlette.responses import Response

from api.call import Call
from core.errors import PlatenError

__all__ = ["Call", "Handler", "Route"]

Handler = Callable[[Call[Any, Any]], Awaitable[BaseModel | Response]]
"""Answers a call with its route's `answer` model, or with a ready response (bytes)."""

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One row. `path` in the form `/templates/{uid}`; it is served under `/` and `/v1`.

    `scope`: what the key must be allowed (`core.workspaces.SCOPES`); None: no key is asked for,
    and `call.principal` must not be read. `body` whose members all have defaults makes the body
    optional. `also`: other answers than errors, by their status. `answer` None: the answer has no
    JSON form (`media_types` says what it has).
    `errors` are the route's own; those of every route (401, 403, 413, 415, 429, 500, 503) and
    validation errors are added by the document. `stops_with_client`: the handler is cancelled
    when the client goes. `example`: a body that works, for the documentation.
    `max_body`: bytes of a body, where it may have fewer than any may: whoever has no key.
    `request_headers`, `answer_headers`: name -> one sentence.
    """

    method: Method
    path: str
    handler: Handler
    summary: str
    tag: str
    scope: str | None = "render"
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    status: int = 200
    also: Mapping[int, type[BaseModel]] = field(default_factory=dict[int, type[BaseModel]])
    media_types: tuple[str, ...] = ()
    errors: tuple[type[PlatenError], ...] = ()
    multipart: bool = False
    max_body: int | None = None
    stops_with_client: bool = False
    in_document: bool = True
    example: Mapping[str, Any] | None = None
    request_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    answer_headers: Mapping[str, str] = field(default_factory=dict[str, str])
