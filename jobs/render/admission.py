"""What a render would cost, and the refusal of what is over a limit before any work."""

from core.errors import ValidationError
from jobs.render.settings import RenderSettings
from renderer.picture.format_limits import LARGEST_SIDES
from renderer.request import AnimationOptions, DocumentOptions, Output, PictureOptions

__all__ = ["admit"]

MAX_SCALE_FACTOR = 4.0


def admit(output: Output, limits: RenderSettings) -> None:
    """Raises ValidationError naming field, limit and remedy when the output is over a limit."""
    match output:
        case PictureOptions():
            _picture(output, limits)
        case AnimationOptions():
            _animation(output, limits)
        case DocumentOptions():
            _document(output, limits)


def _side(name: str, pixels: int, most: int) -> None:
    if not 1 <= pixels <= most:
        raise _refused(name, f"{name} must be between 1 and {most} pixels")


def _picture(picture: PictureOptions, limits: RenderSettings) -> None:
    scale = picture.device_scale_factor
    if not 1 <= scale <= MAX_SCALE_FACTOR:
        raise _refused(
            "deviceScaleFactor", f"deviceScaleFactor must be between 1 and 4, not {scale:g}"
        )
    _side("width", picture.width, limits.max_picture_side)
    _side("height", picture.height, limits.max_picture_side)
    _format(picture)
    megapixels = picture.width * picture.height * scale * scale / 1e6
    if megapixels > limits.picture_pixels / 1e6:
        raise _refused(
            "deviceScaleFactor",
            f"{picture.width} x {picture.height} at deviceScaleFactor {scale:g} are "
            f"{megapixels:.1f} megapixels, and a picture may have "
            f"{limits.picture_pixels / 1e6:g}: lower deviceScaleFactor, width or height",
        )


def _format(picture: PictureOptions) -> None:
    """Some formats hold no more than so many pixels a side, whatever the settings say."""
    most, scale = LARGEST_SIDES.get(picture.format), picture.device_scale_factor
    for name, side in (("width", picture.width), ("height", picture.height)):
        if most is not None and round(side * scale) > most:
            raise _refused(
                name,
                f"{name} {side} at deviceScaleFactor {scale:g} is more than the {most} pixels that "
                f"{picture.format} can hold: lower one of them, or choose another format",
            )


def _animation(animation: AnimationOptions, limits: RenderSettings) -> None:
    _side("width", animation.width, limits.max_animation_side)
    _side("height", animation.height, limits.max_animation_side)
    megapixels = animation.width * animation.height / 1e6
    if megapixels > limits.animation_pixels / 1e6:
        raise _refused(
            "width",
            f"{animation.width} x {animation.height} are {megapixels:.1f} megapixels a frame, and "
            f"an animation may have {limits.animation_pixels / 1e6:g}: lower width or height",
        )
    frames = (animation.duration_ms or 0) * animation.frames_per_second / 1000
    if frames > limits.animation_frames:
        raise _refused(
            "duration",
            f"{animation.duration_ms} ms at {animation.frames_per_second:g} frames a second are "
            f"{frames:.0f} frames, and an animation may have {limits.animation_frames}: lower "
            "duration or framesPerSecond",
        )


def _document(document: DocumentOptions, limits: RenderSettings) -> None:
    if not 0.1 <= document.scale <= 2:
        raise _refused(
            "options.scale", f"options.scale must be between 0.1 and 2, not {document.scale:g}"
        )


def _refused(field: str, message: str) -> ValidationError:
    return ValidationError.of(field, message, "out_of_range")
