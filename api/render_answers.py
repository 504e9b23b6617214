"""What every answer about a render has in common."""

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from api.call import Call
from api.delivery import Delivery, encoded, left_by_budget
from api.models import Answer, Omitted
from core.clock import to_iso
from jobs.render.rendered import Rendered
from jobs.render.rows import RenderRow
from renderer.request import Warn

__all__ = ["RenderAnswer", "WarningAnswer", "made", "row_values", "warnings_of"]


_NAMED = ("variable", "selector")


class WarningAnswer(Answer):
    """Something to know about a render that succeeded all the same.

    `variable` is the path of the data that it is about, `selector` finds the element.
    """

    code: str
    message: str
    variable: str | None = Omitted
    selector: str | None = Omitted
    detail: dict[str, Any] = Field(default_factory=dict)


class RenderAnswer(Answer):
    """Where the artifact of one render is, and what it measures.

    `url` is left out with `store: false`, and `base64` unless it was asked for.
    """

    id: str
    url: str | None = Omitted
    base64: str | None = Omitted
    created_at: str
    expires_at: str | None = Omitted
    width: int
    height: int
    format: str
    size: int = Field(description="Bytes.")
    cached: bool | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="Whether it was drawn for an earlier request; in answers to renders alone.",
    )
    quality: int | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="What `maxBytes` left of the quality, 1 to 100, if it had to take any.",
    )
    colors: int | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="What `maxBytes` left of a png's colours, if it had to take any.",
    )
    template_uid: str | None = Omitted
    version: int | None = Omitted
    layout: str | None = Omitted
    warnings: list[WarningAnswer] = Field(default_factory=list)


def made(call: Call[Any, Any], delivery: Delivery, done: Rendered) -> dict[str, Any]:
    """The members of RenderAnswer for a render just made; its timings go to the call's headers."""
    call.timings.update(done.timings)
    if done.layout_fallback:
        call.headers["X-Layout-Fallback"] = "true"
    call.headers["Cache-Status"] = "platen; hit" if done.cached else "platen; fwd=miss"
    expires = done.artifact.expires_us if done.artifact else None
    return {
        "id": done.id,
        "url": done.url,
        "base64": encoded(delivery, done),
        "created_at": to_iso(done.created_us),
        "expires_at": None if expires is None else to_iso(expires),
        "width": done.result.width,
        "height": done.result.height,
        "format": delivery.format.shown,
        "size": done.size,
        "cached": done.cached,
        "template_uid": done.template_uid,
        "version": done.version,
        "layout": done.layout,
        "warnings": warnings_of(done.warnings),
        **left_by_budget(done),
    }


def row_values(call: Call[Any, Any], row: RenderRow) -> dict[str, Any]:
    """The members of RenderAnswer for a render that was kept."""
    artifact = row.artifact
    return {
        "id": row.id,
        "url": call.parts.artifacts.url(artifact),
        "created_at": to_iso(row.created_us),
        "expires_at": None if artifact.expires_us is None else to_iso(artifact.expires_us),
        "width": row.width,
        "height": row.height,
        "format": artifact.extension,
        "size": artifact.size,
        "template_uid": row.template_uid,
        "version": row.version,
        "layout": row.layout,
        "warnings": [WarningAnswer(**warning) for warning in row.warnings],
    }


def warnings_of(warnings: Iterable[Warn]) -> list[WarningAnswer]:
    """Warnings as they stand in an answer."""
    return [
        WarningAnswer(
            code=warn.code,
            message=warn.message,
            variable=warn.detail.get("variable"),
            selector=warn.detail.get("selector"),
            detail={name: one for name, one in warn.detail.items() if name not in _NAMED},
        )
        for warn in warnings
    ]
