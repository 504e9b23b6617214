"""Tags in one column."""

from collections.abc import Sequence

__all__ = ["join_tags", "split_tags"]

_SEPARATOR = "\x1f"


def join_tags(tags: Sequence[str]) -> str:
    """Tags as one text in which each stands between separators, so that it can be searched."""
    return _SEPARATOR + _SEPARATOR.join(tags) + _SEPARATOR if tags else ""


def split_tags(text: str) -> tuple[str, ...]:
    """The tags again."""
    return tuple(tag for tag in text.split(_SEPARATOR) if tag)
