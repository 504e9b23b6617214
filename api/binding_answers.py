"""Bindings on the wire: what is answered."""

from typing import Any

from pydantic import Field

from api.binding_names import wire_of
from api.models import Answer, Omitted, Pagination
from core.clock import to_iso
from jobs.bindings.probe import Probe
from templates_store.bindings.binding import Binding, BindingStatus, OnError, Policy, SourceType

__all__ = [
    "BindingAnswer",
    "BindingEnvelope",
    "BindingList",
    "PostedAnswer",
    "ProbeAnswer",
]


class SourceAnswer(Answer):
    """Where the data comes from. Credentials never come back."""

    type: SourceType
    url: str
    method: str
    headers: dict[str, str]
    body: Any = Omitted
    data: Any = Omitted
    has_credentials: bool
    credentials_type: str | None = Omitted


class PolicyAnswer(Answer):
    """When it is refreshed."""

    type: Policy
    ttl_seconds: int
    on_error: OnError


class OutputAnswer(Answer):
    """What is made of it."""

    format: str
    quality: int | None = Omitted
    width: int | None = Omitted
    height: int | None = Omitted
    layout: str | None = Omitted


class BindingAnswer(Answer):
    """A binding and where it stands."""

    uid: str
    id: str
    name: str
    template_id: str
    template_uid: str
    version: int | None = Omitted
    data_source: SourceAnswer
    mapping: dict[str, str]
    defaults: dict[str, Any]
    refresh_policy: PolicyAnswer
    output_config: OutputAnswer
    status: BindingStatus = Field(description="`error`: the last refresh failed.")
    render_url: str = Field(description="The public address of its picture.")
    image_url: str = Field(description="The same.")
    webhook_url: str = Field(description="Whoever has it may feed or refresh the binding.")
    last_fetch_at: str | None = Omitted
    last_render_at: str | None = Omitted
    next_refresh_at: str | None = Omitted
    last_error: str | None
    error_count: int = Field(description="Failures in a row.")
    created_at: str
    updated_at: str

    @classmethod
    def of(cls, found: Binding, base_url: str) -> "BindingAnswer":
        """From the work's floor."""
        wire = wire_of(found)
        shown = f"{base_url}/b/{found.uid}.{found.output.format}"
        paused = found.status == "paused"
        return cls(
            uid=found.uid,
            id=found.uid,
            name=found.name,
            template_id=found.template_uid,
            template_uid=found.template_uid,
            version=found.version,
            data_source=SourceAnswer(
                **wire["dataSource"],
                has_credentials=found.credentials_type is not None,
                credentials_type=found.credentials_type,
            ),
            mapping=wire["mapping"],
            defaults=wire["defaults"],
            refresh_policy=PolicyAnswer.model_validate(wire["refreshPolicy"]),
            output_config=OutputAnswer.model_validate(wire["outputConfig"]),
            status=found.status,
            render_url=shown,
            image_url=shown,
            webhook_url=f"{base_url}/webhooks/{found.hook}",
            last_fetch_at=_moment(found.last_fetch_us),
            last_render_at=_moment(found.last_render_us),
            next_refresh_at=None if paused else _moment(found.next_us),
            last_error=found.last_error,
            error_count=found.error_count,
            created_at=to_iso(found.created_us),
            updated_at=to_iso(found.updated_us),
        )


class BindingEnvelope(Answer):
    """One binding."""

    binding: BindingAnswer


class BindingList(Answer):
    """A page of bindings, newest first."""

    bindings: list[BindingAnswer]
    pagination: Pagination


class FetchAnswer(Answer):
    """How the source answered."""

    success: bool
    status: int | None = Omitted
    size: int | None = Field(
        default=None, description="Bytes.", exclude_if=lambda value: value is None
    )
    content_type: str | None = Omitted
    duration_ms: int
    code: str | None = Omitted
    error: str | None = Omitted


class MappingAnswer(Answer):
    """One variable: its path, whether that leads anywhere, and what it is."""

    path: str | None = Omitted
    found: bool
    value: Any = None


class ProbeAnswer(Answer):
    """What a refresh would get now."""

    success: bool
    fetch: FetchAnswer
    mapping: dict[str, MappingAnswer]
    variables: dict[str, Any]
    available_paths: list[str]

    @classmethod
    def of(cls, found: Probe, binding: Binding) -> "ProbeAnswer":
        """From the work's floor."""
        fetch = found.fetch
        return cls(
            success=fetch.success,
            fetch=FetchAnswer(
                success=fetch.success,
                status=fetch.status,
                size=fetch.size,
                content_type=fetch.media_type,
                duration_ms=fetch.duration_ms,
                code=fetch.code,
                error=fetch.error,
            ),
            mapping={
                name: MappingAnswer(
                    path=binding.mapping.get(name), found=there, value=found.variables.get(name)
                )
                for name, there in found.found.items()
            },
            variables=dict(found.variables),
            available_paths=list(found.available_paths),
        )


class PostedAnswer(Answer):
    """Its webhook was heard; the refresh follows."""

    success: bool = True
    message: str


def _moment(moment_us: int | None) -> str | None:
    return None if moment_us is None else to_iso(moment_us)
