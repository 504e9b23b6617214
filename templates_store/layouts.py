"""Named size variants of a template."""

from dataclasses import dataclass

__all__ = ["DEFAULT_LAYOUT", "Layout"]

DEFAULT_LAYOUT = "default"
"""The base: the template's own body and size."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A size in CSS pixels. `html` None: the template's own body flows anew in this size.

    Of the engine `fabric`, a body is a canvas as JSON. `javascript` is decided at save, for a body
    of its own.
    """

    width: int
    height: int
    name: str = ""
    html: str | None = None
    javascript: bool = False
