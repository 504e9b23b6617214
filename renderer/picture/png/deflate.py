"""Filter and deflate, chosen for each band by what they do to a few of its rows.

Each band is a deflate stream of its own that knows the 32 kB before it, ended at a byte, so that
streams of different makers and levels follow each other as one (as in pigz).
"""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from isal import isal_zlib
from zlib_ng import zlib_ng

from renderer.picture.png.filters import Band, Filter, filtered

__all__ = ["BALANCED", "SMALL", "Effort", "deflated"]

_WINDOW = 32_768
_RAW = -15
_ZLIB_HEADER = b"\x78\x9c"
_PAETH_SAVES = 0.07
"""PAETH takes as long as all else together: it has to save so much against the next best."""


@dataclass(frozen=True, slots=True)
class _Rung:
    """A way to deflate; taken if it saves at least `saves` of the way before, on the sample."""

    by: Literal["isal", "zlib-ng"]
    level: int
    saves: float = 0.0

    def size(self, sample: bytes) -> int:
        maker: Any = isal_zlib if self.by == "isal" else zlib_ng
        return len(maker.compress(sample, self.level))

    def stream(self, before: bytes) -> Any:
        """A raw deflate stream that may refer to `before`."""
        maker: Any = isal_zlib if self.by == "isal" else zlib_ng
        if not before:
            return maker.compressobj(self.level, wbits=_RAW)
        return maker.compressobj(self.level, wbits=_RAW, zdict=before)


@dataclass(frozen=True, slots=True)
class Effort:
    """How much work a picture is worth. `band` is bytes, `sample` the share of rows looked at."""

    rungs: tuple[_Rung, ...]
    band: int
    sample: float


BALANCED = Effort(
    (_Rung("isal", 1), _Rung("zlib-ng", 3, 0.04), _Rung("zlib-ng", 6, 0.25)), 393_216, 1 / 16
)
"""Measured (`python -m bench.encoders`): isal is as good on noise and three times as fast, level 3
is worth its time nearly always, level 6 where a pattern repeats over long distances."""

SMALL = Effort((_Rung("zlib-ng", 9),), 262_144, 1 / 3)
"""For pictures that are kept: time hardly matters."""


def deflated(bands: Iterable[Band], pixel: int, effort: Effort, check: Callable[[], None]) -> bytes:
    """The zlib stream of a picture's filtered rows. `check` is called before each band."""
    pieces, before, checksum = [_ZLIB_HEADER], b"", 1
    for band in bands:
        check()
        name, rung = _chosen(_middle(band, effort.sample), pixel, effort.rungs)
        rows = filtered(band, name, pixel)
        checksum = zlib_ng.adler32(rows, checksum)
        stream = rung.stream(before)
        pieces += (stream.compress(rows), stream.flush(zlib_ng.Z_SYNC_FLUSH))
        before = rows[-_WINDOW:]
    end = zlib_ng.compressobj(1, wbits=_RAW).flush()
    return b"".join((*pieces, end, struct.pack(">I", checksum)))


def _middle(band: Band, share: float) -> Band:
    """Rows from the middle of a band, with the row above them."""
    rows = len(band) - 1
    count = min(rows, max(4, round(rows * share)))
    first = (rows - count) // 2
    return band[first : first + count + 1]


def _chosen(sample: Band, pixel: int, rungs: tuple[_Rung, ...]) -> tuple[Filter, _Rung]:
    """The filter that isal makes the least of, and the last rung that is worth its time."""
    made = {name: filtered(sample, name, pixel) for name in Filter}
    costs = {name: len(isal_zlib.compress(rows, 1)) for name, rows in made.items()}
    costs[Filter.PAETH] = round(costs[Filter.PAETH] / (1 - _PAETH_SAVES))
    name = min(costs, key=lambda one: costs[one])
    best, *others = rungs
    least = best.size(made[name]) if others else 0
    for rung in others:
        size = rung.size(made[name])
        if size <= least * (1 - rung.saves):
            best, least = rung, size
    return name, best
