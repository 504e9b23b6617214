"""The blocks of a GIF file, as far as its times need them (GIF89a, W3C copy of the standard)."""

from collections.abc import Iterator, Sequence

from core.errors import InternalError

__all__ = ["delays_of", "with_delays"]

_HEADER = 13
_EXTENSION = 0x21
_GRAPHIC_CONTROL = 0xF9
_IMAGE = 0x2C
_TRAILER = 0x3B


def delays_of(data: bytes) -> list[int]:
    """How long each frame is shown, in hundredths of a second."""
    return [int.from_bytes(data[at : at + 2], "little") for at in _delay_places(data)]


def with_delays(data: bytes, delays_cs: Sequence[int]) -> bytes:
    """The same animation with these times, one for each frame. InternalError if they do not fit."""
    places = list(_delay_places(data))
    if len(places) != len(delays_cs):
        raise InternalError(
            "The animation lost frames while it was encoded.",
            private=f"{len(places)} frames for {len(delays_cs)} delays",
        )
    patched = bytearray(data)
    for at, delay in zip(places, delays_cs, strict=True):
        patched[at : at + 2] = delay.to_bytes(2, "little")
    return bytes(patched)


def _delay_places(data: bytes) -> Iterator[int]:
    at = _HEADER + _table_size(data[10])
    while data[at] != _TRAILER:
        if data[at] == _EXTENSION:
            if data[at + 1] == _GRAPHIC_CONTROL:
                yield at + 4
            at = _after_blocks(data, at + 2)
        elif data[at] == _IMAGE:
            at = _after_blocks(data, at + 10 + _table_size(data[at + 9]) + 1)
        else:
            raise InternalError("The animation is no GIF.", private=f"block {data[at]:#x} at {at}")


def _table_size(flags: int) -> int:
    """Bytes of the colour table that a descriptor's flags announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    while size := data[at]:
        at += size + 1
    return at + 1
