"""Plain data as the same bytes every time."""

import hashlib
import json
from typing import Any

import orjson

__all__ = ["canonical"]


def canonical(value: Any, *, sort: bool = False) -> bytes:
    """JSON of data, dataclasses and bytes (which stand in it by their digest).

    Members keep their order, since a template that walks over an object shows it; or `sort` them.
    """
    try:
        return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS if sort else 0)
    except orjson.JSONEncodeError:  # a whole number of more than 64 bits, which JSON may hold
        text = json.dumps(value, default=_plain, sort_keys=sort, ensure_ascii=False)
        return text.encode(errors="backslashreplace")


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is not None:
        return {name: getattr(value, name) for name in fields}
    return str(value)
