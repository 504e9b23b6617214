"""A part of a photograph in the proportions that a design has room for. Runs in the jail."""

from typing import Any

import numpy as np
from PIL import Image

from renderer.intake.photo_job import opened, upright, whole, written
from renderer.jail_child.call import Answer, Call

__all__ = ["crop"]

_SHARPNESS = 2
"""Pixels for each one of the design's: pictures may be drawn at scale 2."""
_LOOKED_AT = 160
"""Pixels of the longer side in which what matters is looked for."""
_COLOUR = 0.4
"""How much strong colours count beside edges."""
_MIDDLE = 0.25
"""How much less counts what lies at the border."""


def crop(call: Call) -> Answer:
    """The picture in attachment 0, upright, in sRGB, cut to `width` : `height` round its `focus`.

    `focus`: shares of width and height, or null for what stands out most. Never enlarged.
    """
    with whole():
        picture = opened(call.attachments[0])
        kind = str(picture.format)
        seen = upright(picture)
        wide, high = call.payload["width"], call.payload["height"]
        cut = seen.crop(_box(seen, wide / high, call.payload["focus"]))
        if cut.width > wide * _SHARPNESS:
            size = (wide * _SHARPNESS, high * _SHARPNESS)
            cut = cut.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
        return {"width": cut.width, "height": cut.height}, [written(cut, kind)]


def _box(picture: Image.Image, proportion: float, focus: Any) -> tuple[int, int, int, int]:
    """The largest part of that proportion, as near to the focus as the picture's edges let it."""
    width = min(picture.width, max(1, round(picture.height * proportion)))
    height = min(picture.height, max(1, round(picture.width / proportion)))
    if focus is None:
        left, top = _salient(picture, width, height)
    else:
        left = round(focus[0] * picture.width - width / 2)
        top = round(focus[1] * picture.height - height / 2)
    left = max(0, min(picture.width - width, left))
    top = max(0, min(picture.height - height, top))
    return left, top, left + width, top + height


def _salient(picture: Image.Image, width: int, height: int) -> tuple[int, int]:
    """Where a part of that size holds most of what stands out."""
    shrink = min(1.0, _LOOKED_AT / max(picture.size))
    small = picture.resize(
        (max(1, round(picture.width * shrink)), max(1, round(picture.height * shrink)))
    )
    energy = _energy(np.asarray(small.convert("RGB"), dtype=np.float32))
    across = _best(energy.sum(axis=0), width / picture.width)
    down = _best(energy.sum(axis=1), height / picture.height)
    return round(across * picture.width), round(down * picture.height)


def _energy(pixels: Any) -> Any:
    """How much each pixel stands out: edges, and colours beside grey."""
    grey = pixels.mean(axis=2)
    edges = np.abs(np.diff(grey, axis=0, append=grey[-1:]))
    edges += np.abs(np.diff(grey, axis=1, append=grey[:, -1:]))
    return edges + _COLOUR * (pixels.max(axis=2) - pixels.min(axis=2))


def _best(energy: Any, share: float) -> float:
    """The start, as a share of the whole, of the window that holds most; the middle of equals."""
    count = len(energy)
    window = max(1, min(count, round(share * count)))
    places = np.arange(count)
    bias = 1 - _MIDDLE * np.abs((places + 0.5) / count * 2 - 1)
    sums = np.convolve(energy * bias, np.ones(window), mode="valid")
    best = np.flatnonzero(sums >= sums.max() * 0.999)
    return float(best[len(best) // 2]) / count
