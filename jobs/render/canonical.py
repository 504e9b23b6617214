"""Plain data as the same bytes every time."""

import hashlib
import json
from typing import Any

import orjson

__all__ = ["canonical"]


def canonical(value: Any) -> bytes:
    """JSON of data, dataclasses and bytes (which stand in it by their digest).

    Members keep their order: a template that walks over an object shows it.
    """
    try:
        return orjson.dumps(value, default=_plain)
    except orjson.JSONEncodeError:  # a whole number of more than 64 bits, which JSON may hold
        return json.dumps(value, default=_plain, ensure_ascii=False).encode(
            errors="backslashreplace"
        )


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is not None:
        return {name: getattr(value, name) for name in fields}
    return str(value)
