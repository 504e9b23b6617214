"""The browser's dialect of CBOR (RFC 8949), for messages whose pictures travel as they are.

Maps and arrays have no length of their own and travel in an envelope: tag 24 and a byte string
whose length has four bytes, which comes before anything in it is read. Bytes bear tag 22; byte
strings without it are texts in UTF-16. Whole numbers have 32 bits, all others are doubles.
"""

import struct
from collections.abc import Callable, Mapping
from functools import lru_cache
from math import isfinite
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
_NO_NAME = object()
_DEEPEST = 300
"""Levels: as many as the browser itself writes as JSON."""
_SHORT = 40
"""Characters of a text that is likely to be written again: names, sessions, frames."""

_double = struct.Struct(">d").unpack_from


def size(head: bytes | bytearray) -> int:
    """The bytes of the message that begins with these. Raises ValueError if none does."""
    if not head.startswith(_ENVELOPE):
        raise ValueError("no message begins here")
    return HEAD + int.from_bytes(head[len(_ENVELOPE) : HEAD], "big")


def dumps(message: Mapping[str, Any]) -> bytes:
    """A message of maps, lists, texts, bytes, numbers, booleans and None.

    Raises TypeError for anything else, OverflowError for numbers that are no doubles.
    """
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
        parts.append(struct.pack(">Bd", _DOUBLE, float(value)))
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
    """The message that `data` is, to its last byte. Raises ValueError.

    What a page may have a say in never raises: bytes that are no UTF-8 are replaced in texts, what
    is nested deeper than anybody needs is None, as are numbers that JSON does not have.
    """
    try:
        message, end = _read(data)
    except (IndexError, struct.error) as error:
        raise ValueError("the message is cut short") from error
    if end != len(data) or type(message) is not dict:
        raise ValueError("this is no message")
    return message


def _read(data: bytes) -> tuple[Any, int]:
    """The first value of `data`, and where it ends; without recursion, as depth is a page's."""
    around: list[tuple[Any, Any]] = []
    inside: Any = None  # the map or array that is open, and the name that waits for its value
    name: Any = _NO_NAME
    at = 0
    while True:
        first = data[at]
        if first == _ENVELOPED:
            at += HEAD
            first = data[at]
        at += 1
        if first in (_MAP, _ARRAY):
            around.append((inside, name))
            inside, name = {} if first == _MAP else [], _NO_NAME
            continue
        if first == _END and inside is not None and name is _NO_NAME:
            value = inside if len(around) <= _DEEPEST else None
            inside, name = around.pop()
        else:
            value, at = _READERS[first](data, at)
        if inside is None:
            return value, at
        if type(inside) is list:
            inside.append(value)
        elif name is not _NO_NAME:
            inside[name] = value
            name = _NO_NAME
        elif type(value) is str:
            name = value
        else:
            raise ValueError("the protocol's names are texts")


_Reader = Callable[[bytes, int], tuple[Any, int]]
"""Takes a place behind a value's first byte; gives the value, and where it ends."""


def _unknown(data: bytes, at: int) -> tuple[Any, int]:
    raise ValueError(f"{data[at - 1]:#x} begins nothing that the protocol has")


_READERS: list[_Reader] = [_unknown] * 256
"""By the first byte. What is cut short ends behind the message, which is noticed there."""


def _number_of(data: bytes, at: int) -> tuple[float | None, int]:
    """As JSON would have it: a whole number is one, and what is no number is nothing."""
    number: float = _double(data, at)[0]
    if not isfinite(number):
        return None, at + 8
    return int(number) if number.is_integer() else number, at + 8


def _binary(data: bytes, at: int) -> tuple[bytes, int]:
    first = data[at]
    if first & 0xE0 != _BYTES:
        raise ValueError("only bytes bear this tag")
    length, at = _LENGTHS[first & 0x1F](data, at + 1)
    return data[at : at + length], at + length


def _text_of(length: _Reader) -> _Reader:
    def read(data: bytes, at: int) -> tuple[str, int]:
        count, at = length(data, at)
        return str(data[at : at + count], "utf-8", "replace"), at + count

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
_READERS[_TAG], _READERS[_DOUBLE] = _binary, _number_of
