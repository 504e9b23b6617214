"""The formats that a render can be asked for by name, one row each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.errors import ValidationError
from jobs.render.command import Kind

__all__ = ["FORMATS", "Format", "format_named"]

Encoding = Literal["png", "jpeg", "webp", "avif", "gif", "pdf"]


@dataclass(frozen=True, slots=True)
class Format:
    """`name` as clients write it, `encoding` as the renderer does, `shown` as answers say it."""

    name: str
    encoding: Encoding
    kind: Kind
    media_type: str
    shown: str


FORMATS: Mapping[str, Format] = {
    row.name: row
    for row in (
        Format("png", "png", "image", "image/png", "png"),
        Format("jpg", "jpeg", "image", "image/jpeg", "jpg"),
        Format("jpeg", "jpeg", "image", "image/jpeg", "jpeg"),
        Format("webp", "webp", "image", "image/webp", "webp"),
        Format("avif", "avif", "image", "image/avif", "avif"),
        Format("gif", "gif", "gif", "image/gif", "gif"),
        Format("pdf", "pdf", "pdf", "application/pdf", "pdf"),
    )
}


def format_named(
    name: str, field: str = "format", kinds: tuple[Kind, ...] = ("image", "gif", "pdf")
) -> Format:
    """The format of that name (any case, a leading dot is fine). Raises ValidationError."""
    found = FORMATS.get(name.strip().lower().removeprefix("."))
    if found is None or found.kind not in kinds:
        names = ", ".join(row.name for row in FORMATS.values() if row.kind in kinds)
        raise ValidationError.of(
            field,
            f"{field} {name[:40]!r} is no format that this call can make: use one of {names}",
            "unknown_format",
        )
    return found
