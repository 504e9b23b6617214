"""From what the browser drew to the file that was asked for, off the event loop."""

from dataclasses import dataclass
from functools import partial

from core.errors import FieldError
from renderer.captured import RawPicture
from renderer.errors import BudgetError
from renderer.picture.budget import best_within
from renderer.picture.encoders import Encoders, Halt
from renderer.picture.lossy import LossyEncoder
from renderer.picture.png.budget import png_within
from renderer.picture.png.file import decoded
from renderer.picture.png.recompress import recompressed
from renderer.picture.tags import png_tags, tagged_jpeg, tagged_png
from renderer.request import PictureOptions, Warn
from renderer.seal import Drawn

__all__ = ["drawn_format", "encode_picture"]

_HEAVY_PIXELS = 8_000_000
_HEAVY_AVIF_PIXELS = 2_000_000


@dataclass(frozen=True, slots=True)
class _Made:
    """A file, and what a budget of bytes cost it: its `quality`, or the number of `colors`."""

    data: bytes
    quality: int | None = None
    colors: int | None = None


def drawn_format(options: PictureOptions) -> str:
    """What the browser is asked for: JPEG where its own will do, else PNG, which has all pixels."""
    plain = not (options.max_bytes or options.progressive)
    if options.format == "jpeg" and plain and options.chroma_subsampling == "4:2:0":
        return "jpeg"
    return "png"


async def encode_picture(raw: RawPicture, options: PictureOptions, encoders: Encoders) -> Drawn:
    """The final bytes. Fast PNG and plain JPEG leave as they were drawn, with their tags.

    Raises BudgetError when `max_bytes` cannot be met.
    """
    made = _as_drawn(raw, options)
    if made is None:
        made = await encoders.run(partial(_encoded, raw, options), heavy=_is_heavy(raw, options))
    return Drawn(
        made.data,
        options.format,
        raw.width,
        raw.height,
        warnings=_warnings(made, options),
    )


def _as_drawn(raw: RawPicture, options: PictureOptions) -> _Made | None:
    if drawn_format(options) == "jpeg":
        return _Made(tagged_jpeg(raw.data, options.device_scale_factor))
    if options.format != "png" or options.compression != "fast":
        return None
    data = tagged_png(raw.data, options.device_scale_factor)
    return _Made(data) if options.max_bytes is None or len(data) <= options.max_bytes else None


def _is_heavy(raw: RawPicture, options: PictureOptions) -> bool:
    most = _HEAVY_AVIF_PIXELS if options.format == "avif" else _HEAVY_PIXELS
    return raw.width * raw.height > most


def _encoded(raw: RawPicture, options: PictureOptions, halt: Halt) -> _Made:
    if options.format == "png":
        return _png(raw, options, halt)
    # Only our own browser's bytes are decoded here; pictures of users never are.
    encoder = LossyEncoder(decoded(raw.data), options)
    if options.max_bytes is None:
        return _Made(encoder.encode(options.quality))

    def at(quality: int) -> bytes:
        halt.check()
        return encoder.encode(quality)

    fits, smallest = best_within(options.max_bytes, options.quality, at)
    if fits is None:
        told = f"at quality {smallest.step}"
        raise _unreachable(options.max_bytes, len(smallest.data), f"{options.format} {told}")
    return _Made(fits.data, quality=fits.step)


def _png(raw: RawPicture, options: PictureOptions, halt: Halt) -> _Made:
    tags = png_tags(options.device_scale_factor)
    if options.max_bytes is None:
        assert options.compression != "fast"
        return _Made(recompressed(raw.data, options.compression, tags, halt.check))
    found = png_within(raw.data, options.max_bytes, options.compression, tags, halt.check)
    if len(found.data) > options.max_bytes:
        told = f"PNG with {found.colors} colours"
        raise _unreachable(options.max_bytes, len(found.data), told)
    return _Made(found.data, colors=found.colors)


def _unreachable(most: int, reached: int, how: str) -> BudgetError:
    text = (
        f"maxBytes {most} cannot be met: the smallest that was reached is {reached} bytes, as "
        f"{how}. Raise maxBytes, make the picture smaller, or choose another format"
    )
    return BudgetError(text, fields=[FieldError("maxBytes", text, "unreachable")])


def _warnings(made: _Made, options: PictureOptions) -> tuple[Warn, ...]:
    """A budget that cost something is told."""
    size = {"bytes": len(made.data), "maxBytes": options.max_bytes}
    if made.colors is not None:
        text = f"To meet maxBytes the picture has {made.colors} colours."
        return (Warn("colors_reduced", text, {"colors": made.colors, **size}),)
    if made.quality is not None and made.quality < options.quality:
        text = f"To meet maxBytes the quality is {made.quality} instead of {options.quality}."
        return (Warn("quality_lowered", text, {"quality": made.quality, **size}),)
    return ()
