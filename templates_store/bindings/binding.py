"""What a binding is, as its callers see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from core.reach import Reach

__all__ = [
    "POLLED",
    "STATUSES",
    "Binding",
    "BindingStatus",
    "DataSource",
    "NewBinding",
    "OnError",
    "Output",
    "Policy",
    "RefreshPolicy",
    "SourceType",
]

SourceType = Literal["http", "webhook", "static"]
Policy = Literal["ttl", "etag", "webhook", "manual"]
OnError = Literal["serve_stale", "serve_error", "serve_default"]
BindingStatus = Literal["active", "paused", "error"]
POLLED: frozenset[Policy] = frozenset({"ttl", "etag"})
STATUSES: tuple[BindingStatus, ...] = get_args(BindingStatus)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """Where the data comes from: an HTTP request, what is posted, or `data` itself.

    `body` is JSON, or a text that is sent as it is.
    """

    type: SourceType = "http"
    url: str = ""
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Any = None
    data: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshPolicy:
    """When it is refreshed, and what is shown when that fails."""

    type: Policy = "ttl"
    ttl_seconds: int = 300
    on_error: OnError = "serve_stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What is made of it. `quality` as whole per cent or None; sizes in CSS px."""

    format: str = "png"
    quality: int | None = None
    width: int | None = None
    height: int | None = None
    layout: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBinding:
    """A binding as somebody asks for it, whole; `credentials` in the clear, None: none.

    `headers` of the source may hold secrets as well: those are sealed with the credentials.
    """

    template_uid: str
    version: int | None = None
    name: str = ""
    source: DataSource = field(default_factory=DataSource)
    credentials: Mapping[str, str] | None = None
    mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    refresh: RefreshPolicy = field(default_factory=RefreshPolicy)
    output: Output = field(default_factory=Output)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A stored binding. Moments are microseconds UTC.

    `source.headers` lack the `hidden_headers`: `secret` holds them sealed, with the credentials.
    """

    uid: str
    workspace_id: str
    hook: str
    template_uid: str
    version: int | None
    name: str
    source: DataSource
    hidden_headers: tuple[str, ...]
    secret: str | None
    credentials_type: str | None
    host: str | None
    reach: Reach
    mapping: Mapping[str, str]
    defaults: Mapping[str, Any]
    refresh: RefreshPolicy
    output: Output
    status: BindingStatus
    requested: int
    next_us: int | None
    etag: str | None
    last_modified: str | None
    shown_digest: str | None
    artifact_id: str | None
    error_count: int
    last_error: str | None
    last_fetch_us: int | None
    last_render_us: int | None
    created_us: int
    updated_us: int

    @property
    def polled(self) -> bool:
        """Whether it is due again by itself."""
        return self.source.type == "http" and self.refresh.type in POLLED
