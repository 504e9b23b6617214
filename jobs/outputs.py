"""The renderer's output options for a format, with the defaults of the wire."""

from core.errors import ValidationError
from jobs.formats import Format
from renderer.request import AnimationOptions, DocumentOptions, Output, PictureOptions

__all__ = ["output_for", "whole_quality"]

DEFAULT_QUALITY = 85


def whole_quality(quality: float | None, field: str = "quality") -> int:
    """1 to 100 from a fraction up to 1 or from a whole number; None is the default, 85.

    Raises ValidationError that names `field`.
    """
    if quality is None:
        return DEFAULT_QUALITY
    whole = quality * 100 if quality <= 1 else quality
    if not 1 <= whole <= 100:
        raise ValidationError.of(
            field,
            f"{field} must be between 0.01 and 1 as a fraction, or between 1 and 100",
            "out_of_range",
        )
    return round(whole)


def output_for(wanted: Format, *, quality: float | None = None) -> Output:
    """Options for one stored template in that format; its size comes from the template.

    `quality` matters to JPEG, WebP and AVIF alone.
    """
    match wanted.encoding:
        case "gif":
            return AnimationOptions()
        case "pdf":
            return DocumentOptions()
        case picture:
            return PictureOptions(format=picture, quality=whole_quality(quality))
