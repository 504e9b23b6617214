"""What `/gif` takes and gives."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from api.capture_models import Capture, Css, Fraction, Selector
from api.models import Answer, OffsetPagination, Omitted, Whole
from api.render_answers import WarningAnswer
from renderer.request import AnimationOptions

__all__ = ["GifAnswer", "GifBody", "GifEnvelope", "GifList", "GifRow"]


@dataclass(frozen=True, slots=True)
class _Grade:
    frames_per_second: float
    colors: int


_GRADES = {"low": _Grade(10, 128), "medium": _Grade(15, 192), "high": _Grade(24, 256)}


def _repeats(value: object) -> object:
    """`true` repeats for ever, which a GIF writes as 0; `false` plays once."""
    return int(not value) if isinstance(value, bool) else value


class GifBody(Capture):
    """An animation of exactly one of `html`, `url`, `template`."""

    unsupported: ClassVar[tuple[str, ...]] = ("maxBytes", "fabricJSData")

    width: Whole | None = Field(default=None, ge=1, description="CSS px, at most 2000 (800).")
    height: Whole | None = Field(default=None, ge=1, description="CSS px, at most 2000 (600).")
    quality: Literal["low", "medium", "high"] = Field(
        default="medium", description="10, 15 or 24 frames a second; 128, 192 or 256 colours."
    )
    frames_per_second: Fraction | None = Field(default=None, ge=1, le=50)
    duration: Whole | None = Field(
        default=None, ge=20, le=60_000, description="Milliseconds; else one loop of what moves."
    )
    loop: Annotated[Whole, BeforeValidator(_repeats)] = Field(
        default=0, ge=0, le=65_535, description="How often it repeats, 0 for ever."
    )
    selector: Selector | None = None
    css: Css = ""
    file_extension: str | None = Field(default=None, max_length=20, description="As `format`.")
    format: str | None = Field(default=None, max_length=20, description="gif.")

    def options(self) -> AnimationOptions:
        """The renderer's options; the size is the call's own."""
        grade = _GRADES[self.quality]
        return AnimationOptions(
            frames_per_second=self.frames_per_second or grade.frames_per_second,
            duration_ms=self.duration,
            loop=self.loop,
            colors=grade.colors,
            selector=self.selector,
            css=self.css,
            wait=self.wait(),
        )


class GifRow(Answer):
    """One animation. `animationLength` is milliseconds."""

    id: str
    uid: str
    url: str | None = Omitted
    base64: str | None = Omitted
    width: int
    height: int
    format: str = "gif"
    animation_length: int
    frames_per_second: int | float
    frame_count: int
    size: int = Field(description="Bytes.")
    created_at: str
    expires_at: str | None = Omitted
    template_uid: str | None = Omitted
    version: int | None = Omitted
    layout: str | None = Omitted
    warnings: list[WarningAnswer] = Field(default_factory=list)


class GifMeta(Answer):
    """How it was made."""

    processing_time: int = Field(description="Milliseconds.")


class GifAnswer(Answer):
    """An animation just made."""

    model_config = ConfigDict(populate_by_name=True)

    gif: GifRow
    id: str
    url: str | None = Omitted
    meta: GifMeta = Field(serialization_alias="_meta", validation_alias="_meta")


class GifEnvelope(Answer):
    """One kept animation."""

    gif: GifRow


class GifList(Answer):
    """The workspace's animations, newest first."""

    gifs: list[GifRow]
    pagination: OffsetPagination
