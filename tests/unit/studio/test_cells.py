"""What is said of a row that does not fit, in words of who fills in tables."""

import pytest

from core.errors import PlatenError
from studio.cells import cell_words
from templates_store.check import check_variables
from templates_store.variables import VariableDefinition, VariableType


def told(kind: VariableType, value: object, **validation: object) -> str:
    """What the API says of the value."""
    one = VariableDefinition("x", kind, validation=validation or None)
    with pytest.raises(PlatenError) as wrong:
        check_variables((one,), {} if value is None else {"x": value})
    return wrong.value.message


CASES: list[tuple[VariableType, object, dict[str, object], str]] = [
    ("number", "many", {}, "'x' must be a number, such as 12.50"),
    ("boolean", "perhaps", {}, "'x' must be yes or no"),
    ("color", "blooo", {}, "'x' must be a colour, such as #3366cc or teal"),
    ("url", "x", {}, "'x' must be an address, such as https://example.com/page"),
    ("image", "ftp://x", {}, "'x' must be the address of a picture, such as"),
    ("date", "soon", {}, "'x' must be a date, such as 2026-11-22 or 22.11.2026"),
    ("array", "x", {}, "'x' must be a list, such as"),
    ("object", "x", {}, "'x' must be an object, such as"),
    ("string", [1], {}, "'x' must be a text"),
    ("string", None, {"required": True}, "'x' is empty and must be filled in"),
    ("number", 100, {"max": 99.0}, "'x' must be at most 99"),
    ("string", "XL", {"enum": ["S", "M"]}, "'x' must be one of S, M"),
    (
        "array",
        [1, "x"],
        {"schema": {"items": {"type": "number"}}},
        "'x, entry 2' must be a number, such as 12.50",
    ),
]


@pytest.mark.parametrize(("kind", "value", "rules", "words"), CASES)
def test_what_the_api_says_of_a_cell_is_told_with_what_to_type(
    kind: VariableType, value: object, rules: dict[str, object], words: str
) -> None:
    said = cell_words(told(kind, value, **rules))
    assert said.startswith(words)
    assert "send" not in said
    assert "variable" not in said


def test_several_empty_cells_a_lost_picture_and_what_has_no_other_words() -> None:
    both = "The required variables 'a', 'b' have no value: send it in `variables`"
    assert cell_words(both) == "'a', 'b' are empty and must be filled in"
    lost = (
        "The picture of 'photo' failed: it was not found. Mend the address, or send onMissing: empty "
        "to render without it"
    )
    assert cell_words(lost) == "The picture of 'photo' failed: it was not found. Mend the address"
    other = "Line 1, column 17: Integer division or modulo by zero. In: <p>{{ 1 // price }}"
    assert cell_words(other) == other
