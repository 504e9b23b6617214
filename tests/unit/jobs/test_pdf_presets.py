import pytest

from core.errors import ValidationError
from jobs.pdf_presets import pdf_preset, preset_of


@pytest.mark.parametrize("name", ["a4_landscape", "A4_LANDSCAPE", "A4-Landscape", "a4 landscape"])
def test_a_preset_is_found_in_any_spelling(name: str) -> None:
    found = pdf_preset(name)
    assert (round(found.width_pt), round(found.height_pt)) == (842, 595)


def test_an_unknown_preset_is_refused_by_field_and_with_those_that_are_known() -> None:
    with pytest.raises(ValidationError, match="one of A3, A4, A5, Letter") as refused:
        pdf_preset("B9")
    assert refused.value.fields[0].field == "options.preset"


@pytest.mark.parametrize(
    ("width", "height", "name"),
    [(596, 842, "A4"), (595, 842, "A4"), (842, 595, "A4_LANDSCAPE"), (612, 792, "Letter")],
)
def test_a_sheet_is_recognised_through_the_rounding_of_engines(
    width: int, height: int, name: str
) -> None:
    found = preset_of(width, height)
    assert found is not None
    assert found.name == name


def test_an_own_size_is_no_preset() -> None:
    assert preset_of(600, 842) is None
