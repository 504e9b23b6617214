"""Whether a picture's colours may be halved in resolution without being seen."""

from PIL import Image, ImageChops

__all__ = ["wants_full_chroma"]

_SEEN = 24
"""A difference of a colour channel, of 255, that shows as a fringe."""
_SHARE = 0.0005
"""Of the pixels: photographs and gradients stay far below it, coloured text far above."""
_STRIP = 64
_MOST_STRIPS = 16


def wants_full_chroma(picture: Image.Image) -> bool:
    """True where 4:2:0 would fringe, as around coloured text. Looks at 16 strips at most."""
    seen = total = 0
    for top in _tops(picture.height):
        strip = picture.crop((0, top, picture.width, min(top + _STRIP, picture.height)))
        for colours in strip.convert("RGB").convert("YCbCr").split()[1:]:
            seen += _fringed(colours)
        total += strip.width * strip.height
    return seen > total * _SHARE


def _tops(height: int) -> range:
    strips = -(-height // _STRIP)
    return range(0, height, _STRIP * max(1, strips // _MOST_STRIPS))


def _fringed(colours: Image.Image) -> int:
    halved = colours.reduce(2).resize(colours.size, Image.Resampling.NEAREST)
    return sum(ImageChops.difference(halved, colours).histogram()[_SEEN:])
