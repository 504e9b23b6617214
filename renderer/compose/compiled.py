"""Compiled templates, kept by content, and their run with a cap on what comes out."""

from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from jinja2 import Template

from renderer.compose.arithmetic import LimitError
from renderer.compose.sandbox import TemplateEnvironment

__all__ = ["Compiled", "run"]

MAX_KEPT = 256
MAX_KEPT_CHARACTERS = 16_000_000


class Compiled:
    """The templates that this child has compiled, the least recently used one leaves first."""

    def __init__(self) -> None:
        self._environments = {
            strict: TemplateEnvironment(strict=strict) for strict in (False, True)
        }
        self._kept: OrderedDict[tuple[bytes, bool], tuple[Template, int]] = OrderedDict()
        self._characters = 0

    def environment(self, *, strict: bool = False) -> TemplateEnvironment:
        """The language itself."""
        return self._environments[strict]

    def template(self, source: str, *, strict: bool) -> Template:
        """The compiled template. Raises jinja2.TemplateSyntaxError."""
        key = (sha256(source.encode("utf-8", "surrogatepass")).digest(), strict)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]
        template = self._environments[strict].from_string(source)
        self._keep(key, template, len(source))
        return template

    def _keep(self, key: tuple[bytes, bool], template: Template, size: int) -> None:
        self._kept[key] = (template, size)
        self._characters += size
        while len(self._kept) > MAX_KEPT or self._characters > MAX_KEPT_CHARACTERS:
            _, (_, gone) = self._kept.popitem(last=False)
            self._characters -= gone


def run(template: Template, variables: Mapping[str, Any], max_characters: int) -> str:
    """What the template prints. Raises LimitError over `max_characters`, and what it raises."""
    pieces: list[str] = []
    total = 0
    for piece in template.root_render_func(template.new_context(dict(variables))):
        total += len(piece)
        if total > max_characters:
            raise LimitError(f"the output has more than {max_characters} characters")
        pieces.append(piece)
    return "".join(pieces)
