"""What `/templates/{uid}/multi-size-render` takes and gives."""

from itertools import groupby
from typing import Annotated

from pydantic import Field, model_validator

from api.capture_models import Version
from api.models import Answer, Body, Omitted
from api.template_render_models import (
    LayoutError,
    LayoutName,
    LayoutResult,
    ManyRenders,
    Rendering,
    Side,
)
from jobs.size_presets import SIZE_PRESETS, SizeGroup

__all__ = [
    "MultiSizeAnswer",
    "MultiSizeBody",
    "SizeBody",
    "SizeError",
    "SizePresetAnswer",
    "SizePresetsAnswer",
    "SizeResult",
]

_BY_GROUP = "; ".join(
    f"{group}: {', '.join(row.name for row in rows)}"
    for group, rows in groupby(SIZE_PRESETS.values(), key=lambda row: row.group)
)

PresetName = Annotated[
    str, Field(min_length=1, max_length=64, description=f"A named size. {_BY_GROUP}.")
]


class SizeBody(Body):
    """One size: a `preset`, or `width` and `height`."""

    preset: PresetName | None = None
    width: Side | None = None
    height: Side | None = None
    label: str | None = Field(
        default=None, min_length=1, max_length=100, description="What the answer calls it."
    )

    @model_validator(mode="after")
    def _one_way(self) -> "SizeBody":
        sides = (self.width, self.height)
        if self.preset is not None and sides != (None, None):
            raise ValueError("has a preset and sides of its own: leave one of the two out")
        if self.preset is None and None in sides:
            raise ValueError("needs a preset, or both width and height")
        return self


class MultiSizeBody(Rendering):
    """One set of data in many sizes; the template flows anew in each."""

    sizes: list[SizeBody] = Field(
        min_length=1, max_length=100, description="At most 20, of 50 megapixels together."
    )
    layout: LayoutName | None = Field(
        default=None, description="Whose body is drawn; else the template's own."
    )
    version: Version | None = None


class SizeResult(LayoutResult):
    """One size that was rendered. `index` counts the request's `sizes` from 0."""

    index: int
    preset: str | None = Omitted
    label: str


class SizeError(LayoutError):
    """One size that was not, and why."""

    index: int
    preset: str | None = Omitted
    label: str


class MultiSizeAnswer(ManyRenders):
    """All results in the order of `sizes`; as an answer in many layouts, with sizes."""

    results: list[SizeResult]
    errors: list[SizeError]
    total_sizes: int


class SizePresetAnswer(Answer):
    """A named size, in CSS px."""

    name: str
    group: SizeGroup
    width: int
    height: int
    title: str


class SizePresetsAnswer(Answer):
    """Every named size."""

    presets: dict[str, SizePresetAnswer]
