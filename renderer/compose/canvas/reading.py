"""What the texts, conditions and bindings of a canvas read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from renderer.compose.analysis import Discovered, VariableType
from renderer.compose.assets import asset_names
from renderer.compose.canvas.bindings import bindings_of
from renderer.compose.canvas.condition import condition
from renderer.compose.canvas.fill import OURS
from renderer.compose.canvas.judge import mentions
from renderer.compose.canvas.language import COMPILED, placed
from renderer.compose.canvas.place import ROOT, Place, refused
from renderer.compose.canvas.properties import CANVAS, GUESSES
from renderer.compose.discover import discover, included_names
from renderer.compose.handlebars.discover import asset_names as handlebars_assets
from renderer.compose.handlebars.discover import discover as discover_handlebars
from renderer.compose.handlebars.discover import partial_names
from renderer.compose.handlebars.template import HandlebarsTemplate

__all__ = ["Reading"]

_Told = tuple[Sequence[Discovered], Iterable[str], Sequence[str]]
"""Variables, assets and partials of one text."""


@dataclass(slots=True)
class Reading:
    """Variables and assets in the order in which they stand. Raises JobError with the place of a
    text that cannot be read.
    """

    syntax: str
    assets: dict[str, None] = field(default_factory=dict[str, None])
    _found: dict[str, Discovered] = field(default_factory=dict[str, Discovered])

    @property
    def variables(self) -> Iterable[Discovered]:
        """Each once, with the first guess that says more than text."""
        return self._found.values()

    def canvas(self, canvas: Mapping[str, Any]) -> None:
        """Read all that is drawn of it."""
        self._members(
            {name: one for name, one in canvas.items() if name in CANVAS or name in OURS}, ROOT
        )

    def _value(self, value: Any, place: Place) -> None:
        match value:
            case str() if mentions(value):
                self._text(value, place, GUESSES.get(str(place.step)) if _is_alone(value) else None)
            case list():
                for index, one in enumerate(value):
                    self._value(one, place.at(index))
            case dict():
                self._members(value, place)
            case _:
                pass

    def _members(self, given: Mapping[str, Any], place: Place) -> None:
        said = given.get("_if")
        if isinstance(said, str) and said:
            self._text(condition(said, self.syntax), place.at("_if"))
        for binding in bindings_of(given, place):
            guess = GUESSES.get(binding.steps[-1], "string")
            self._note(Discovered(binding.variable.partition(".")[0], guess))
        for name, one in given.items():
            if name not in OURS:
                self._value(one, place.at(name))

    def _text(self, text: str, place: Place, guess: VariableType | None = None) -> None:
        try:
            variables, assets, partials = self._told(text)
        except Exception as error:
            raise placed(error, text, place, {}) from error
        if partials:
            told = f"includes {partials[0][:80]!r}: a canvas has no partials, so write it out"
            raise refused(place, told, "template_syntax_error")
        self.assets |= dict.fromkeys(assets)
        for one in variables:
            self._note(replace(one, type_guess=guess) if guess else one)

    def _told(self, text: str) -> _Told:
        template = COMPILED.template(text, strict=False, syntax=self.syntax)
        if isinstance(template, HandlebarsTemplate):
            program = template.program
            found = discover_handlebars(program, COMPILED.programs)
            return found, handlebars_assets(program), partial_names(program)
        language = COMPILED.environment()
        found = discover(language, text)
        return found, asset_names(language, text), included_names(language, text)

    def _note(self, one: Discovered) -> None:
        known = self._found.setdefault(one.name, one)
        if known.type_guess == "string" != one.type_guess:
            self._found[one.name] = replace(known, type_guess=one.type_guess)


def _is_alone(text: str) -> bool:
    """Whether one printed expression is the whole text."""
    stripped = text.strip()
    return stripped.startswith("{{") and stripped.endswith("}}") and stripped.count("{{") == 1
