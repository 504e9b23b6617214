"""How a job in the jail can end other than well. Private to the renderer: callers translate."""

from typing import Any

__all__ = ["JailError", "JailJobError", "JailKilledError"]


class JailError(Exception):
    """Base of what the jail raises."""


class JailJobError(JailError):
    """The job failed in words: `code`, `message`, and `facts` such as line and column."""

    def __init__(self, code: str, message: str, facts: dict[str, Any]) -> None:
        self.code = code
        self.message = message
        self.facts = facts
        super().__init__(f"{code}: {message}")


class JailKilledError(JailError):
    """The child is gone: `deadline` (we killed it) or `death` (a limit, a crash)."""

    def __init__(self, reason: str, private: str = "") -> None:
        self.reason = reason
        self.private = private
        super().__init__(f"the jail's child ended by {reason}")
