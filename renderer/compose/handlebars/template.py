"""A Handlebars source, parsed once and run with many data."""

from collections.abc import Mapping
from typing import Any

from renderer.compose.handlebars.parser import parse
from renderer.compose.handlebars.runtime import Run
from renderer.compose.handlebars.tree import Program

__all__ = ["HandlebarsTemplate"]


class HandlebarsTemplate:
    """`partials`: name -> program, as it stands when the template runs.

    Raises jinja2.TemplateSyntaxError, with a place, for a source that cannot be read.
    """

    def __init__(
        self,
        source: str,
        partials: Mapping[str, Program],
        *,
        strict: bool,
        escape: bool = True,
    ) -> None:
        self.program: Program = parse(source)
        self._partials = partials
        self._strict = strict
        self._escape = escape

    def render(self, variables: Mapping[str, Any], most: int) -> str:
        """What it prints, at most `most` characters. Raises LimitError, PlacedError."""
        run = Run(self._partials, strict=self._strict, most=most, escapes=self._escape)
        return run.render(self.program, variables)
