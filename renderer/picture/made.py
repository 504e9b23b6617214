"""A picture as a file."""

from dataclasses import dataclass

__all__ = ["Made"]


@dataclass(frozen=True, slots=True)
class Made:
    """A file, and what a budget of bytes cost it: its `quality`, or the number of `colors`."""

    data: bytes
    quality: int | None = None
    colors: int | None = None
