"""What composition gives back."""

from dataclasses import dataclass

__all__ = ["Composed"]


@dataclass(frozen=True, slots=True)
class Composed:
    """The documents of a request, and whether the moment of the render stands in any of them."""

    sections: tuple[str, ...] = ()
    shows_now: bool = False
