"""JSON by orjson, which is quick, and by the standard library where numbers are too large for it.

JSON may hold whole numbers of any length; orjson refuses to write, and rounds when it reads, what
has more than 64 bits.
"""

import json
from typing import Any

import orjson

__all__ = ["from_json", "to_json"]

_SLOW = b" "
"""What starts so was not written by orjson, and it is not to read it."""


def to_json(value: Any) -> bytes:
    """The value's text in UTF-8."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return _SLOW + json.dumps(value).encode()


def from_json(text: bytes) -> Any:
    """The value of a text that `to_json` wrote. Raises ValueError."""
    return json.loads(text) if text.startswith(_SLOW) else orjson.loads(text)
