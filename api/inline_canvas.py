"""A canvas that is stored nowhere, and the size that it says it was designed in."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.variable_models import DefinitionBody
from jobs.render.command import InlineTemplate
from renderer.request import PictureOptions
from templates_store.canvas_text import canvas_text
from templates_store.schema import refuse_bad_definitions
from templates_store.variables import VariableDefinition

__all__ = ["design_size", "drawn_size", "inline_canvas", "known_definitions"]

_LARGEST = 4096


def design_size(canvas: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Its `width` and `height` in whole CSS pixels; None for what it does not say."""
    return _side(canvas.get("width")), _side(canvas.get("height"))


def inline_canvas(
    canvas: Mapping[str, Any],
    definitions: Sequence[DefinitionBody] = (),
    *,
    strict: bool = False,
) -> InlineTemplate:
    """The canvas as a template; one that says its size is fitted into the size of the call.

    Raises what `known_definitions` does.
    """
    wide, high = design_size(canvas)
    return InlineTemplate(
        canvas_text(canvas),
        strict=strict,
        engine="fabric",
        design=(wide, high) if wide and high else None,
        definitions=known_definitions(definitions),
    )


def known_definitions(given: Sequence[DefinitionBody]) -> tuple[VariableDefinition, ...]:
    """As the store knows them. Raises ValidationError for those that contradict themselves."""
    definitions = tuple(one.definition() for one in given)
    refuse_bad_definitions(definitions)
    return definitions


def drawn_size(
    template: InlineTemplate, width: int | None, height: int | None
) -> tuple[int | None, int | None]:
    """What the caller gave, else a canvas's own size, else that of any picture (CSS px)."""
    if template.engine == "html":
        return width, height
    usual = PictureOptions()
    wide, high = template.design or (usual.width, usual.height)
    return width or wide, height or high


def _side(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value) if 1 <= value <= _LARGEST else None
