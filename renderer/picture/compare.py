"""Two pictures of ours, and a third that marks where they differ."""

import asyncio
import io
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter

__all__ = ["Comparison", "compare_pictures"]

_MARK = (230, 0, 126)
_PAPER = (255, 255, 255)
_FADED = 0.7
"""How far what is the same goes towards white, so that marks stand out."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`picture`: a PNG, as large as the larger one each way. `box`: x, y, width, height in pixels
    around all that differs, None when nothing does.
    """

    picture: bytes
    width: int
    height: int
    changed: int
    box: tuple[int, int, int, int] | None


async def compare_pictures(before: bytes, after: bytes) -> Comparison:
    """Compare two PNGs that this service drew, pixel by pixel, off the event loop.

    What only one of them covers differs, too.
    """
    return await asyncio.to_thread(_compared, before, after)


def _compared(before: bytes, after: bytes) -> Comparison:
    with Image.open(io.BytesIO(before)) as one, Image.open(io.BytesIO(after)) as other:
        size = (max(one.width, other.width), max(one.height, other.height))
        old, new = _on_ground(one, size), _on_ground(other, size)
    mask = _mask(old, new)
    out = io.BytesIO()
    _marked(new, mask).save(out, "PNG", compress_level=6)
    box = mask.getbbox()
    return Comparison(
        picture=out.getvalue(),
        width=size[0],
        height=size[1],
        changed=mask.histogram()[255],
        box=None if box is None else (box[0], box[1], box[2] - box[0], box[3] - box[1]),
    )


def _on_ground(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    ground = Image.new("RGBA", size, (0, 0, 0, 0))
    ground.paste(picture.convert("RGBA"), (0, 0))
    return ground


def _mask(old: Image.Image, new: Image.Image) -> Image.Image:
    """255 where any of red, green, blue, alpha is another one."""
    bands = ImageChops.difference(old, new).split()
    most = bands[0]
    for band in bands[1:]:
        most = ImageChops.lighter(most, band)
    return most.point(lambda value: 255 if value else 0)


def _marked(new: Image.Image, mask: Image.Image) -> Image.Image:
    """The newer picture, pale and grey, with the changed pixels (and their neighbours) marked."""
    paper = Image.new("RGBA", new.size, (*_PAPER, 255))
    grey = Image.alpha_composite(paper, new).convert("L").convert("RGB")
    pale = Image.blend(grey, Image.new("RGB", new.size, _PAPER), _FADED)
    pale.paste(_MARK, mask=mask.filter(ImageFilter.MaxFilter(3)))
    return pale
