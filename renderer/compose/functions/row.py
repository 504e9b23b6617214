"""One function of the language: code, words and an example that a test proves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Function"]


@dataclass(frozen=True, slots=True)
class Function:
    """A row of the table. `example` is an expression, `result` what it prints in en-US, UTC."""

    name: str
    call: Callable[..., Any]
    signature: str
    summary: str
    example: str
    result: str
