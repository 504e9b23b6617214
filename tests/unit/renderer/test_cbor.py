"""The browser's dialect of CBOR: there and back, what only it writes, and what is broken."""

import random
import struct
from typing import Any

import pytest

from renderer.chromium.pipe.cbor import HEAD, dumps, loads, size


def enclosed(inner: bytes) -> bytes:
    return b"\xd8\x18\x5a" + len(inner).to_bytes(4, "big") + inner


def message(value: bytes) -> bytes:
    """`{"a": value}` as the browser writes it."""
    return enclosed(b"\xbf\x61a" + value + b"\xff")


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, False, 0, 23, 24, 255, 256, 65_535, 65_536, 2**31 - 1, -1, -24, -25, -257),
        *(-(2**31), 0.5, -1e300, 1_764_324_000_000.0),
        *("", "a", "ä€😀", "x" * 23, "x" * 24, "x" * 255, "x" * 300, "x" * 70_000),
        *(b"", bytes(range(256)), b"\xff" * 70_000),
        *([], {}, [1, [2, [3, {}]]], {"b": {"c": [{"d": None}, "e", b"f"]}}),
    ],
)
def test_what_is_written_is_read_as_it_was(value: Any) -> None:
    data = dumps({"a": value})
    assert size(data[:HEAD]) == len(data)
    assert loads(data) == {"a": value}


def test_messages_are_what_the_browser_takes() -> None:
    assert dumps({"id": 1, "params": {"x": [True]}}) == enclosed(
        b"\xbf\x62id\x01\x66params"
        + enclosed(b"\xbf\x61x" + enclosed(b"\x9f\xf5\xff") + b"\xff")
        + b"\xff"
    )
    assert dumps({"a": b"\x00\xff"}) == message(b"\xd6\x42\x00\xff")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (b"\x44" + "ä€".encode("utf-16-le"), "ä€"),
        (b"\x42" + b"\x00\xd8", "\ufffd"),  # half a pair of UTF-16, which a script may well make
        (b"\x9f\x01\x9f\xff\xff", [1, []]),  # not everything has its envelope
        (b"\xbf\x61b\xf6\xff", {"b": None}),
        (b"\x1b" + struct.pack(">Q", 2**40), 2**40),
        (b"\x63a\xff\xc3", "a\ufffd\ufffd"),  # what a page sends as a body, as a text
    ],
)
def test_what_only_the_browser_writes_is_read(written: bytes, value: Any) -> None:
    assert loads(message(written)) == {"a": value}


def test_numbers_that_have_more_than_32_bits_are_doubles_and_broken_texts_are_replaced() -> None:
    assert loads(dumps({"a": 2**31})) == {"a": 2**31}
    assert loads(dumps({"a": "\ud800"})) == {"a": "?"}


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\xd8", enclosed(b""), enclosed(b"\xbf"), enclosed(b"\x01"), enclosed(b"\x9f\xff")),
        *(message(b"\x78\xff"), message(b"\x62x"), message(b"\xfb\x00"), message(b"\xc0\x01")),
        *(message(b"\x1c"), message(b"\xf7"), message(b"\x01") + b"\x00"),
        enclosed(b"\xbf\x61a" + b"\x9f" * 100_000),
        enclosed(b"\xbf\x61a\xff"),
        enclosed(b"\xff"),
    ],
)
def test_what_is_broken_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        loads(data)


def test_what_is_no_message_has_no_size() -> None:
    with pytest.raises(ValueError, match="no message"):
        size(b'{"id":1}')


def test_whatever_byte_is_wrong_nothing_but_a_value_error_comes_of_it() -> None:
    chance = random.Random(1)
    data = dumps({"id": 7, "result": {"a": ["text", 1.5, b"bytes", {"b": None}], "c": "ä" * 30}})
    for _ in range(3000):
        broken = bytearray(data)
        for _ in range(chance.randint(1, 3)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            loads(bytes(broken[: chance.randint(1, len(broken))]))
        except ValueError:
            continue


@pytest.mark.parametrize(
    ("number", "read"),
    [(5.0, "5"), (-0.0, "0"), (1.5, "1.5"), (2.0**53, "9007199254740992")]
    + [(number, "None") for number in (float("nan"), float("inf"), float("-inf"))],
)
def test_numbers_are_those_of_json(number: float, read: str) -> None:
    assert str(loads(message(b"\xfb" + struct.pack(">d", number)))["a"]) == read


@pytest.mark.parametrize("levels", [250, 1000, 100_000])
@pytest.mark.parametrize(("opened", "closed"), [(b"\x9f", b"\xff"), (b"\xbf\x61b", b"\xff")])
def test_what_is_nested_too_deeply_is_nothing_and_the_rest_is_read(
    levels: int, opened: bytes, closed: bytes
) -> None:
    deep = opened * levels + (b"\x01" if opened[0] == 0xBF else b"") + closed * levels
    read = loads(enclosed(b"\xbf\x61a" + deep + b"\x61z\x05\xff"))
    depth, inner = 0, read["a"]
    while isinstance(inner, list | dict) and inner:
        inner = inner[0] if isinstance(inner, list) else inner["b"]
        depth += 1
    assert depth == min(levels - (opened == b"\x9f"), 299)  # the innermost list is empty
    assert read["z"] == 5


def test_what_has_no_form_is_refused() -> None:
    with pytest.raises(TypeError, match="set"):
        dumps({"a": {1, 2}})
