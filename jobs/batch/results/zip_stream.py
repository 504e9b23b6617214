"""A ZIP archive written front to back, in zip64 where it must be; see APPNOTE.TXT of PKWARE.

Entries are stored as they are, since pictures and documents are compressed already; sizes and
checksums stand before the bytes. The directory at the end is gathered in a file, so that
memory does not grow with the number of entries.
"""

import struct
import tempfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO

__all__ = ["ZipStream"]

_UTF8_NAMES = 0x0800
_VERSION = 45
"""4.5, the first that knows zip64."""
_UNIX = 0x0300
_PLAIN_FILE = 0o100644 << 16
_MOST_16, _MOST_32 = 0xFFFF, 0xFFFFFFFF
_SPOOL = 1 << 20
_PIECE = 1 << 18


class ZipStream:
    """One archive. Every call gives the bytes to be sent next; `close` frees what it holds."""

    def __init__(self, now_us: int) -> None:
        """`now_us`: the moment that every entry bears, in UTC."""
        self._directory = tempfile.SpooledTemporaryFile(_SPOOL)  # noqa: SIM115 - closed by `close`
        self._offset = 0
        self._entries = 0
        self._moment = _dos_moment(now_us)

    def close(self) -> None:
        """Free the directory; what is not sent yet is lost."""
        self._directory.close()

    def entry(self, name: str, data: bytes) -> Iterator[bytes]:
        """One file whose bytes are at hand."""
        yield self._begin(name, len(data), zlib.crc32(data))
        yield self._sent(data)

    def file(self, name: str, data: IO[bytes]) -> Iterator[bytes]:
        """One file whose bytes are read a piece at a time, twice."""
        size, checksum = 0, 0
        data.seek(0)
        while piece := data.read(_PIECE):
            size, checksum = size + len(piece), zlib.crc32(piece, checksum)
        yield self._begin(name, size, checksum)
        data.seek(0)
        while piece := data.read(_PIECE):
            yield self._sent(piece)

    def end(self) -> Iterator[bytes]:
        """The directory; nothing may follow."""
        start, size = self._offset, self._directory.tell()
        self._directory.seek(0)
        while piece := self._directory.read(_PIECE):
            yield self._sent(piece)
        count = self._entries
        if count >= _MOST_16 or start >= _MOST_32:
            yield _end_of_zip64(count, size, start)
        few, low = min(count, _MOST_16), min(start, _MOST_32)
        yield struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, few, few, size, low, 0)

    def _begin(self, name: str, size: int, checksum: int) -> bytes:
        written = name.encode()
        common = struct.pack("<HHLLLL", _UTF8_NAMES, 0, self._moment, checksum, size, size)
        far = self._offset >= _MOST_32
        extra = struct.pack("<HHQ", 1, 8, self._offset) if far else b""
        place = min(self._offset, _MOST_32)
        lengths = struct.pack("<5HLL", len(written), len(extra), 0, 0, 0, _PLAIN_FILE, place)
        head = struct.pack("<4sHH", b"PK\1\2", _UNIX | _VERSION, _VERSION)
        self._directory.write(head + common + lengths + written + extra)
        self._entries += 1
        head = struct.pack("<4sH", b"PK\3\4", _VERSION) + common
        return self._sent(head + struct.pack("<HH", len(written), 0) + written)

    def _sent(self, data: bytes) -> bytes:
        self._offset += len(data)
        return data


def _end_of_zip64(count: int, size: int, start: int) -> bytes:
    record = struct.pack(
        "<4sQ2H2L4Q", b"PK\6\6", 44, _UNIX | _VERSION, _VERSION, 0, 0, count, count, size, start
    )
    return record + struct.pack("<4sLQL", b"PK\6\7", 0, start + size, 1)


def _dos_moment(now_us: int) -> int:
    """Two seconds' steps since 1980: time in the lower half, date in the upper."""
    at = datetime.fromtimestamp(now_us // 1_000_000, UTC)
    date = (at.year - 1980) << 9 | at.month << 5 | at.day
    return date << 16 | at.hour << 11 | at.minute << 5 | at.second // 2
