"""The last step: from drawn bytes to the result that the caller gets."""

from dataclasses import dataclass, field

from renderer.request import RenderResult, Warn
from renderer.work import Work

__all__ = ["Drawn", "media_type_of", "seal"]

_MEDIA_TYPES = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "avif": "image/avif",
    "gif": "image/gif",
    "pdf": "application/pdf",
}

_EXTENSIONS = {"jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """Encoded bytes and their measures: pixels, or points for a document."""

    data: bytes
    format: str
    width: int
    height: int
    pages: int | None = None
    frames: int | None = None
    duration_ms: int | None = None
    frames_per_second: float | None = None
    warnings: tuple[Warn, ...] = field(default=())


def media_type_of(name: str) -> str:
    """The media type of a format's name."""
    return _MEDIA_TYPES[name]


def seal(drawn: Drawn, work: Work, engine: str) -> RenderResult:
    """Put the bytes together with all that is known of them."""
    return RenderResult(
        data=drawn.data,
        media_type=media_type_of(drawn.format),
        extension=_EXTENSIONS.get(drawn.format, drawn.format),
        width=drawn.width,
        height=drawn.height,
        pages=drawn.pages,
        frames=drawn.frames,
        duration_ms=drawn.duration_ms,
        frames_per_second=drawn.frames_per_second,
        warnings=(*work.warnings, *drawn.warnings),
        timings={name: round(spent, 2) for name, spent in work.timings.items()},
        engine=engine,
        assets=work.assets,
        shows_now=work.shows_now,
    )
