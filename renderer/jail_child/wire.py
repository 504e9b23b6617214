"""One message on the jail's socket: a length, JSON, then raw attachments. Never pickle."""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

__all__ = ["HEAD", "SIZES", "JsonObject", "decode", "encode"]

JsonObject = dict[str, Any]

HEAD = struct.Struct(">I")
"""The length in bytes of the JSON part that follows."""

SIZES = "sizes"
"""The member of the JSON part that lists the attachments' lengths in bytes."""


_SLOW = b" "
"""A message that starts so was not written by orjson: its numbers may be larger than it reads."""


def _dumps(message: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(message)
    except TypeError:  # numbers over 64 bits; what text cannot be UTF-8 raises here too
        return _SLOW + json.dumps(message, ensure_ascii=False, allow_nan=False).encode()


def encode(message: Mapping[str, Any], attachments: Sequence[bytes] = ()) -> list[bytes]:
    """The pieces to write, in order.

    Raises UnicodeEncodeError for lone surrogates and RecursionError for data nested too deeply.
    """
    body = _dumps({**message, SIZES: [len(data) for data in attachments]})
    return [HEAD.pack(len(body)), body, *attachments]


def decode(body: bytes) -> JsonObject:
    """The JSON part as a dictionary. Raises ValueError when it is anything else."""
    message = json.loads(body) if body.startswith(_SLOW) else orjson.loads(body)
    if not isinstance(message, dict):
        raise TypeError("a message of the jail is a JSON object")
    return message
