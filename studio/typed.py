"""JSON that came by a form, read as strictly as the API reads it."""

import json
from typing import Any

__all__ = ["read_json"]


def read_json(text: str) -> Any:
    """The value. Raises ValueError, also for what the API could not be sent: NaN and infinity,
    lone surrogates, nesting of thousands.
    """
    try:
        value = json.loads(text)
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value
