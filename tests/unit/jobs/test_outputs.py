import pytest

from core.errors import ValidationError
from jobs.formats import FORMATS, format_named
from jobs.outputs import output_for, whole_quality
from renderer.request import AnimationOptions, DocumentOptions, PictureOptions


@pytest.mark.parametrize(
    ("given", "whole"),
    [(None, 85), (0.5, 50), (1, 100), (1.0, 100), (80, 80), (0.01, 1), (100, 100)],
)
def test_a_quality_up_to_1_is_a_fraction(given: float | None, whole: int) -> None:
    assert whole_quality(given) == whole


@pytest.mark.parametrize("given", [0, -1, 101, 0.001, float("nan")])
def test_a_quality_out_of_range_is_refused(given: float) -> None:
    with pytest.raises(ValidationError, match="quality must be between"):
        whole_quality(given)


@pytest.mark.parametrize("name", ["PNG", ".png", " png ", "png"])
def test_a_format_is_understood_in_any_spelling(name: str) -> None:
    assert format_named(name) is FORMATS["png"]


def test_an_unknown_format_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ValidationError, match=r"one of png, jpg, jpeg, webp, avif$"):
        format_named("tiff", "fileExtension", ("image",))


def test_every_format_has_output_options() -> None:
    kinds = {"image": PictureOptions, "gif": AnimationOptions, "pdf": DocumentOptions}
    for row in FORMATS.values():
        made = output_for(row, quality=0.7)
        assert type(made) is kinds[row.kind]
        assert made.format == row.encoding
