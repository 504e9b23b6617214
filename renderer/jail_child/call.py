"""What a job in the jail is given, and how it fails in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from renderer.jail_child.wire import JsonObject

__all__ = ["Answer", "Ask", "Call", "JobError"]

Answer = tuple[JsonObject, Sequence[bytes]]
"""A JSON object and the bytes that go with it."""

Ask = Callable[[JsonObject], Answer]
"""Puts one question to the parent (`fetch this URL`) and waits for its answer."""


@dataclass(frozen=True, slots=True)
class Call:
    """One job: its data, its attachments, and the way to ask the parent for something."""

    payload: JsonObject
    attachments: Sequence[bytes]
    ask: Ask


class JobError(Exception):
    """A job failed for a reason that the caller can act on; `facts` are passed on as they are."""

    def __init__(self, code: str, message: str, **facts: Any) -> None:
        self.code = code
        self.message = message
        self.facts = facts
        super().__init__(message)
