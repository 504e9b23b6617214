"""Compiled templates, kept by content, and their run with a cap on what comes out."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from jinja2 import Template, TemplateNotFound

from renderer.compose.arithmetic import LimitError
from renderer.compose.handlebars.recognise import recognised
from renderer.compose.handlebars.template import HandlebarsTemplate
from renderer.compose.handlebars.tree import Program
from renderer.compose.partials import PARTIALS
from renderer.compose.sandbox import TemplateEnvironment

__all__ = ["Compiled", "run"]

_Key = tuple[bytes, str, str, bool]

MAX_KEPT = 256
MAX_KEPT_CHARACTERS = 16_000_000


class Compiled:
    """The templates that this child has compiled, the least recently used one leaves first.

    Without `escape` what they print is plain text and no HTML.
    """

    def __init__(self, *, escape: bool = True) -> None:
        self._escape = escape
        self._environments = {
            strict: TemplateEnvironment(self._partial, strict=strict, escape=escape)
            for strict in (False, True)
        }
        self._kept: OrderedDict[_Key, tuple[Template | HandlebarsTemplate, int]] = OrderedDict()
        self._characters = 0
        self.programs: Mapping[str, Program] = _Programs(self)

    def environment(self, *, strict: bool = False) -> TemplateEnvironment:
        """The language itself."""
        return self._environments[strict]

    def template(
        self, source: str, *, strict: bool, syntax: str = "auto"
    ) -> Template | HandlebarsTemplate:
        """The compiled template, in the language that `syntax` says or that is recognised.

        Raises jinja2.TemplateSyntaxError.
        """
        language = recognised(source) if syntax == "auto" else syntax
        return self._known(source, language, "", strict=strict)

    def program(self, source: str) -> Program:
        """The parsed source of a partial of a Handlebars template."""
        template = self._known(source, "handlebars", "", strict=False)
        assert isinstance(template, HandlebarsTemplate)
        return template.program

    def _partial(self, name: str, *, strict: bool) -> Template:
        """A partial of the Jinja template under way. Raises jinja2.TemplateNotFound."""
        source = PARTIALS.get().get(name)
        if source is None:
            raise TemplateNotFound(name)
        template = self._known(source, "jinja", name, strict=strict)
        assert isinstance(template, Template)
        return template

    def _known(
        self, source: str, language: str, name: str, *, strict: bool
    ) -> Template | HandlebarsTemplate:
        digest = sha256(source.encode("utf-8", "surrogatepass")).digest()
        key = (digest, language, name, strict)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]
        if language == "handlebars":
            template = HandlebarsTemplate(source, self.programs, strict=strict, escape=self._escape)
        else:
            template = self._environments[strict].from_string(source)
            template.name = name or None
        self._keep(key, template, len(source))
        return template

    def _keep(self, key: _Key, template: Template | HandlebarsTemplate, size: int) -> None:
        self._kept[key] = (template, size)
        self._characters += size
        while len(self._kept) > MAX_KEPT or self._characters > MAX_KEPT_CHARACTERS:
            _, (_, gone) = self._kept.popitem(last=False)
            self._characters -= gone


class _Programs(Mapping[str, Program]):
    """The partials of the composition under way, parsed when they are asked for."""

    def __init__(self, compiled: "Compiled") -> None:
        self._compiled = compiled

    def __getitem__(self, name: str) -> Program:
        return self._compiled.program(PARTIALS.get()[name])

    def __iter__(self) -> Iterator[str]:
        return iter(PARTIALS.get())

    def __len__(self) -> int:
        return len(PARTIALS.get())


def run(
    template: Template | HandlebarsTemplate, variables: Mapping[str, Any], max_characters: int
) -> str:
    """What the template prints. Raises LimitError over `max_characters`, and what it raises."""
    if isinstance(template, HandlebarsTemplate):
        return template.render(variables, max_characters)
    pieces: list[str] = []
    total = 0
    for piece in template.root_render_func(template.new_context(dict(variables))):
        total += len(piece)
        if total > max_characters:
            raise LimitError(f"the output has more than {max_characters} characters")
        pieces.append(piece)
    return "".join(pieces)
