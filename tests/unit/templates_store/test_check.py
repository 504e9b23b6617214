from typing import Any

import pytest

from templates_store.check import check_variables
from templates_store.errors import VariableInvalidError, VariableRequiredError
from templates_store.variables import VariableDefinition as Definition


def test_defaults_stand_in_for_what_is_missing_or_null() -> None:
    definitions = [
        Definition("a", type="number", default="1", validation={"min": 5}),
        Definition("b", type="array", default=[]),
        Definition("c"),
    ]
    values, warnings = check_variables(definitions, {"a": None, "c": "x"})
    assert values == {"a": 1, "b": [], "c": "x"}
    assert warnings == []


def test_every_missing_required_variable_is_named() -> None:
    required = {"required": True}
    definitions = [
        Definition("title", validation=required),
        Definition("price", type="number", validation=required),
        Definition("place", validation=required, default="here"),
    ]
    with pytest.raises(VariableRequiredError) as caught:
        check_variables(definitions, {"title": None})
    assert [field.field for field in caught.value.fields] == ["variables.title", "variables.price"]
    assert "'title', 'price'" in caught.value.message
    assert caught.value.code == "VARIABLE_REQUIRED"


@pytest.mark.parametrize(
    ("kind", "sent", "got"),
    [
        ("number", "12", 12),
        ("number", "12.50", 12.5),
        ("number", 3, 3),
        ("boolean", "true", True),
        ("boolean", "No", False),
        ("array", '["a"]', ["a"]),
        ("object", '{"a": 1}', {"a": 1}),
        ("string", 5, 5),
        ("text", "5", "5"),
    ],
)
def test_texts_become_what_the_definition_asks_for(kind: Any, sent: Any, got: Any) -> None:
    values, _ = check_variables([Definition("x", type=kind)], {"x": sent})
    assert values == {"x": got}
    assert type(values["x"]) is type(got)


@pytest.mark.parametrize(
    ("definition", "value", "code"),
    [
        (Definition("x", type="number"), "many", "wrong_type"),
        (Definition("x", type="number"), "inf", "wrong_type"),
        (Definition("x", type="number"), True, "wrong_type"),
        (Definition("x", type="array"), "[", "wrong_type"),
        (Definition("x", type="array"), "[" * 100_000, "wrong_type"),
        (Definition("x", type="string"), ["a"], "wrong_type"),
        (Definition("x", validation={"maxLength": 2}), "abc", "too_long"),
        (Definition("x", validation={"minLength": 2}), "a", "too_short"),
        (Definition("x", type="array", validation={"minLength": 2}), [1], "too_short"),
        (Definition("x", type="number", validation={"min": 2}), 1, "out_of_range"),
        (Definition("x", type="number", validation={"max": 2}), "3", "out_of_range"),
        (Definition("x", validation={"pattern": "^a+$"}), "ab", "pattern_mismatch"),
        (Definition("x", validation={"enum": ["a", "b"]}), "c", "not_allowed"),
    ],
)
def test_a_value_that_breaks_its_definition_is_named(
    definition: Definition, value: Any, code: str
) -> None:
    with pytest.raises(VariableInvalidError) as caught:
        check_variables([definition], {"x": value})
    assert [(field.field, field.code) for field in caught.value.fields] == [("variables.x", code)]


def test_an_error_never_repeats_the_data() -> None:
    with pytest.raises(VariableInvalidError) as caught:
        check_variables([Definition("x", validation={"maxLength": 3})], {"x": "secret" * 1000})
    assert caught.value.message == "'x' must have at most 3 characters"


def test_a_guessed_type_is_not_enforced() -> None:
    guess = Definition("x", type="number", declared=False)
    assert check_variables([guess], {"x": "a lot"})[0] == {"x": "a lot"}


def test_an_unknown_name_warns_and_under_strict_is_an_error() -> None:
    values, (warning,) = check_variables([Definition("title")], {"titel": "x"})
    assert values == {"titel": "x"}
    assert warning.code == "unknown_variable"
    assert "did you mean 'title'?" in warning.message
    with pytest.raises(VariableInvalidError) as caught:
        check_variables([Definition("title")], {"titel": "x"}, strict=True)
    assert caught.value.fields[0].code == "unknown_variable"


def test_a_hostile_pattern_takes_linear_time() -> None:
    definition = Definition("x", validation={"pattern": "^(a+)+$"})
    with pytest.raises(VariableInvalidError):
        check_variables([definition], {"x": "a" * 100_000 + "b"})


def test_T07_names_of_the_language_are_only_data() -> None:
    values = {"__class__": 1, "constructor": {"prototype": []}, "proto": None}
    checked, _ = check_variables([], values)
    assert checked == {"__class__": 1, "constructor": {"prototype": []}}
