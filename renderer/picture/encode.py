"""From what the browser drew to the file that was asked for, off the event loop."""

from functools import partial

from renderer.captured import RawPicture
from renderer.picture.encoders import Encoders, Halt
from renderer.picture.made import Made
from renderer.picture.tags import tagged_jpeg, tagged_png
from renderer.request import PictureOptions, Warn
from renderer.seal import Drawn

__all__ = ["drawn_format", "encode_picture"]

_HEAVY_PIXELS = 8_000_000
_HEAVY_AVIF_PIXELS = 2_000_000


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


def _as_drawn(raw: RawPicture, options: PictureOptions) -> Made | None:
    if drawn_format(options) == "jpeg":
        return Made(tagged_jpeg(raw.data, options.device_scale_factor))
    if options.format != "png" or options.compression != "fast":
        return None
    data = tagged_png(raw.data, options.device_scale_factor)
    return Made(data) if options.max_bytes is None or len(data) <= options.max_bytes else None


def _is_heavy(raw: RawPicture, options: PictureOptions) -> bool:
    most = _HEAVY_AVIF_PIXELS if options.format == "avif" else _HEAVY_PIXELS
    return raw.width * raw.height > most


def _encoded(raw: RawPicture, options: PictureOptions, halt: Halt) -> Made:
    # In an encoder's thread: numpy and the codecs take longer to load than a service to start.
    from renderer.picture.encoded import encoded

    return encoded(raw, options, halt.check)


def _warnings(made: Made, options: PictureOptions) -> tuple[Warn, ...]:
    """A budget that cost something is told."""
    size = {"bytes": len(made.data), "maxBytes": options.max_bytes}
    if made.colors is not None:
        text = f"To meet maxBytes the picture has {made.colors} colours."
        return (Warn("colors_reduced", text, {"colors": made.colors, **size}),)
    if made.quality is not None and made.quality < options.quality:
        text = f"To meet maxBytes the quality is {made.quality} instead of {options.quality}."
        return (Warn("quality_lowered", text, {"quality": made.quality, **size}),)
    return ()
