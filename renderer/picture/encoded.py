"""Pictures encoded anew from the pixels that the browser drew: all but fast PNG and plain JPEG."""

from collections.abc import Callable

from core.errors import FieldError
from renderer.captured import RawPicture
from renderer.errors import BudgetError
from renderer.picture.budget import best_within
from renderer.picture.lossy import LossyEncoder
from renderer.picture.made import Made
from renderer.picture.png.budget import png_within
from renderer.picture.png.file import decoded
from renderer.picture.png.recompress import recompressed
from renderer.picture.tags import png_tags
from renderer.request import PictureOptions

__all__ = ["encoded"]


def encoded(raw: RawPicture, options: PictureOptions, check: Callable[[], None]) -> Made:
    """The file. `check` is asked between pieces of work and raises to end it.

    Raises BudgetError when `max_bytes` cannot be met.
    """
    if options.format == "png":
        return _png(raw, options, check)
    # Only our own browser's bytes are decoded here; pictures of users never are.
    encoder = LossyEncoder(decoded(raw.data), options)
    if options.max_bytes is None:
        return Made(encoder.encode(options.quality))

    def at(quality: int) -> bytes:
        check()
        return encoder.encode(quality)

    fits, smallest = best_within(options.max_bytes, options.quality, at)
    if fits is None:
        told = f"at quality {smallest.step}"
        raise _unreachable(options.max_bytes, len(smallest.data), f"{options.format} {told}")
    return Made(fits.data, quality=fits.step)


def _png(raw: RawPicture, options: PictureOptions, check: Callable[[], None]) -> Made:
    tags = png_tags(options.device_scale_factor)
    if options.max_bytes is None:
        assert options.compression != "fast"
        return Made(recompressed(raw.data, options.compression, tags, check))
    found = png_within(raw.data, options.max_bytes, options.compression, tags, check)
    if len(found.data) > options.max_bytes:
        told = f"PNG with {found.colors} colours"
        raise _unreachable(options.max_bytes, len(found.data), told)
    return Made(found.data, colors=found.colors)


def _unreachable(most: int, reached: int, how: str) -> BudgetError:
    text = (
        f"maxBytes {most} cannot be met: the smallest that was reached is {reached} bytes, as "
        f"{how}. Raise maxBytes, make the picture smaller, or choose another format"
    )
    return BudgetError(text, fields=[FieldError("maxBytes", text, "unreachable")])
