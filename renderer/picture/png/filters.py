"""PNG's row filters over bands of rows (PNG specification, 9.2), a whole band in a few operations.

A band is an array of bytes with one row more than it stands for: its first row is the last one of
the band above. Few large operations on purpose: each lets go of the interpreter's lock, and
taking it back may mean waiting for the event loop.
"""

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Band", "Filter", "filtered", "restored"]

Band = NDArray[np.uint8]


class Filter(IntEnum):
    """The filters that are worth their time here; a mean of two neighbours never was."""

    NONE = 0
    SUB = 1
    UP = 2
    PAETH = 4


def restored(rows: Band, above: NDArray[np.uint8]) -> Band | None:
    """The band behind rows that were filtered by UP; None if one of them was by another."""
    if not (rows[:, 0] == Filter.UP).all():
        return None
    band = np.empty((len(rows) + 1, rows.shape[1] - 1), np.uint8)
    band[0], band[1:] = above, rows[:, 1:]
    step = 1
    while step < len(band):  # a sum over rows in log2 steps, each over the whole band
        band[step:] = band[step:] + band[:-step]
        step *= 2
    return band


def filtered(band: Band, name: Filter, pixel: int) -> bytes:
    """The band's rows after the filter, each with its filter's byte. `pixel`: bytes of one."""
    here, above = band[1:], band[:-1]
    rows = np.empty((len(here), here.shape[1] + 1), np.uint8)
    rows[:, 0] = name
    values = rows[:, 1:]
    if name == Filter.UP:
        np.subtract(here, above, out=values)
    elif name == Filter.SUB:
        values[:, :pixel] = here[:, :pixel]
        np.subtract(here[:, pixel:], here[:, :-pixel], out=values[:, pixel:])
    elif name == Filter.PAETH:
        np.subtract(here, _paeth(here, above, pixel), out=values)
    else:
        values[:] = here
    return rows.tobytes()


def _paeth(here: Band, above: Band, pixel: int) -> Band:
    """Whichever of left, above and corner is nearest to left + above - corner, in bytes alone.

    When the corner lies outside the other two, the nearest is the one on the far side; between
    them, the three distances are differences of bytes, which need no sign.
    """
    left, corner = np.zeros_like(here), np.zeros_like(here)
    left[:, pixel:], corner[:, pixel:] = here[:, :-pixel], above[:, :-pixel]
    low, high = np.minimum(left, above), np.maximum(left, above)
    of_left, of_above = _distance(above, corner), _distance(left, corner)
    of_corner = _distance(of_left, of_above)
    nearest: Any = np.where(of_above <= of_corner, above, corner)
    nearest = np.where((of_left <= of_above) & (of_left <= of_corner), left, nearest)
    nearest = np.where(corner >= high, low, nearest)
    return np.where(corner <= low, high, nearest)


def _distance(one: Band, other: Band) -> Band:
    return np.maximum(one, other) - np.minimum(one, other)
