from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from starlette.requests import Request

if TYPE_CHECKING:
    from api.idempotency import Protection
    from api.parts import Parts
    from core.workspaces import Principal

__all__ = ["Call"]

BodyT = TypeVar("BodyT")
QueryT = TypeVar("QueryT")


@dataclass(slots=True)
class Call(Generic[BodyT, QueryT]):
    """One request, already checked: what a handler gets and all that it needs.

    `path` holds the decoded path parameters. `body` and `query` are instances of the route's
    models (None without one). `raw_body` is what was sent. `files` come from multipart bodies:
    relative path -> bytes. `timings` (step -> ms) become `Server-Timing`; `headers` are added to
    the answer, whatever it is. `protection` is there when the request came with an
    Idempotency-Key.
    """

    parts: Parts
    request: Request
    request_id: str
    accepted_us: int
    principal: Principal
    path: Mapping[str, str]
    body: BodyT
    query: QueryT
    raw_body: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    timings: dict[str, float] = field(default_factory=dict[str, float])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    protection: Protection | None = None

    @property
    def workspace_id(self) -> str:
        """The workspace of the key that was sent; part of everything that is looked up."""
        return self.principal.workspace_id

    def header(self, name: str) -> str | None:
        """A request header's value, or None."""
        return self.request.headers.get(name)
