"""How deep data may be nested that no body's own limit has judged."""

from typing import Any

__all__ = ["DEEPEST", "is_deep"]

DEEPEST = 64
"""Lists and objects within each other. JSON's readers, writers and checkers give up at 250."""


def is_deep(value: Any) -> bool:
    """Whether a value of JSON is nested deeper than that; looked at without recursion."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            child
            for one in level
            if isinstance(one, (dict, list))
            for child in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return any(isinstance(one, (dict, list)) for one in level)
