"""The browser's dialect of CBOR (RFC 8949), for messages whose pictures travel as they are.

Maps and arrays have no length of their own and travel in an envelope: tag 24 and a byte string
whose length has four bytes, which comes before anything in it is read. Bytes bear tag 22; byte
strings without it are texts in UTF-16. Whole numbers have 32 bits, all others are doubles.
"""

import struct
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

__all__ = ["HEAD", "dumps", "loads", "size"]

_ENVELOPE = b"\xd8\x18\x5a"
HEAD = len(_ENVELOPE) + 4
"""Bytes of a message from which its size is known."""

_BYTES, _TEXT = 0x40, 0x60
_TAG, _ENVELOPED = 0xD6, 0xD8
_MAP, _ARRAY, _END = 0xBF, 0x9F, 0xFF
_FALSE, _TRUE, _NULL, _DOUBLE = 0xF4, 0xF5, 0xF6, 0xFB
_CONSTANTS = {_FALSE: False, _TRUE: True, _NULL: None}
_NAMES = {value: bytes((name,)) for name, value in _CONSTANTS.items()}
_INT_END = 1 << 31
_SHORT = 40
"""Characters of a text that is likely to be written again: names, sessions, frames."""

_double = struct.Struct(">d").unpack_from


def size(head: bytes | bytearray) -> int:
    """The bytes of the message that begins with these. Raises ValueError if none does."""
    if not head.startswith(_ENVELOPE):
        raise ValueError("no message begins here")
    return HEAD + int.from_bytes(head[len(_ENVELOPE) : HEAD], "big")


def dumps(message: Mapping[str, Any]) -> bytes:
    """A message of maps, lists, texts, bytes, numbers, booleans and None. Raises TypeError."""
    parts: list[bytes] = []
    _write(message, parts)
    return b"".join(parts)


def _write(value: Any, parts: list[bytes]) -> None:
    kind = type(value)
    if kind is str:
        parts.append(_text(value) if len(value) <= _SHORT else _any_text(value))
    elif kind is bool or value is None:
        parts.append(_NAMES[value])
    elif kind is int and -_INT_END <= value < _INT_END:
        parts.append(_head(0, value) if value >= 0 else _head(0x20, -1 - value))
    elif kind is int or kind is float:
        parts.append(struct.pack(">Bd", _DOUBLE, value))
    elif kind is bytes:
        parts += (b"\xd6", _head(_BYTES, len(value)), value)
    elif isinstance(value, Mapping):
        inner = [b"\xbf"]
        for key, each in value.items():
            inner.append(_text(key))
            _write(each, inner)
        _enclose(inner, parts)
    elif isinstance(value, list | tuple):
        inner = [b"\x9f"]
        for each in value:
            _write(each, inner)
        _enclose(inner, parts)
    else:
        raise TypeError(f"{kind.__name__} has no form in the protocol")


def _any_text(value: str) -> bytes:
    text = value.encode("utf-8", "replace")
    return _head(_TEXT, len(text)) + text


_text = lru_cache(1024)(_any_text)


def _enclose(inner: list[bytes], parts: list[bytes]) -> None:
    inner.append(b"\xff")
    length = sum(map(len, inner))
    parts += (_ENVELOPE, length.to_bytes(4, "big"), *inner)


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes((major | number,))
    if number < 1 << 8:
        return bytes((major | 24, number))
    if number < 1 << 16:
        return struct.pack(">BH", major | 25, number)
    return struct.pack(">BI", major | 26, number)


def loads(data: bytes) -> dict[str, Any]:
    """The message that `data` is, to its last byte. Raises ValueError."""
    try:
        message, end = _READERS[data[0]](data, 1)
    except (IndexError, struct.error, RecursionError) as error:
        raise ValueError("the message is cut short or too deep") from error
    if end != len(data) or type(message) is not dict:
        raise ValueError("this is no message")
    return message


_Reader = Callable[[bytes, int], tuple[Any, int]]
"""Takes a place behind a value's first byte; gives the value, and where it ends."""


def _unknown(data: bytes, at: int) -> tuple[Any, int]:
    raise ValueError(f"{data[at - 1]:#x} begins nothing that the protocol has")


_READERS: list[_Reader] = [_unknown] * 256
"""By the first byte. What is cut short ends behind the message, which is noticed there."""


def _enveloped(data: bytes, at: int) -> tuple[Any, int]:
    at += HEAD - 1
    return _READERS[data[at]](data, at + 1)


def _map(data: bytes, at: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    while data[at] != _END:
        key, at = _READERS[data[at]](data, at + 1)
        if type(key) is not str:
            raise ValueError("the protocol's names are texts")
        found[key], at = _READERS[data[at]](data, at + 1)
    return found, at + 1


def _array(data: bytes, at: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    while data[at] != _END:
        item, at = _READERS[data[at]](data, at + 1)
        items.append(item)
    return items, at + 1


def _number_of(data: bytes, at: int) -> tuple[float, int]:
    return _double(data, at)[0], at + 8


def _binary(data: bytes, at: int) -> tuple[bytes, int]:
    first = data[at]
    if first & 0xE0 != _BYTES:
        raise ValueError("only bytes bear this tag")
    length, at = _LENGTHS[first & 0x1F](data, at + 1)
    return data[at : at + length], at + length


def _text_of(length: _Reader) -> _Reader:
    def read(data: bytes, at: int) -> tuple[str, int]:
        count, at = length(data, at)
        return str(data[at : at + count], "utf-8"), at + count

    return read


def _utf16_of(length: _Reader) -> _Reader:
    def read(data: bytes, at: int) -> tuple[str, int]:
        count, at = length(data, at)
        return str(data[at : at + count], "utf-16-le", "replace"), at + count

    return read


def _negative(length: _Reader) -> _Reader:
    def read(data: bytes, at: int) -> tuple[int, int]:
        number, at = length(data, at)
        return -1 - number, at

    return read


def _constant(value: Any) -> _Reader:
    return lambda _, at: (value, at)


def _wide(form: str) -> _Reader:
    packed = struct.Struct(form)
    unpack, width = packed.unpack_from, packed.size
    return lambda data, at: (unpack(data, at)[0], at + width)


_LENGTHS: list[_Reader] = [
    *map(_constant, range(24)),
    *map(_wide, (">B", ">H", ">I", ">Q")),
    *[_unknown] * 4,
]
for _low, _length in enumerate(_LENGTHS):
    _READERS[_low] = _length
    _READERS[0x20 | _low] = _negative(_length)
    _READERS[_BYTES | _low] = _utf16_of(_length)
    _READERS[_TEXT | _low] = _text_of(_length)
for _name, _value in _CONSTANTS.items():
    _READERS[_name] = _constant(_value)
_READERS[_ENVELOPED], _READERS[_TAG] = _enveloped, _binary
_READERS[_MAP], _READERS[_ARRAY], _READERS[_DOUBLE] = _map, _array, _number_of
