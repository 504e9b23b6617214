import json
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
        (Definition("x", type="array"), r'["\ud800"]', "wrong_type"),
        (
            Definition("x", type="object", validation={"maxLength": 0}),
            r'{"\uD83D": 1}',
            "wrong_type",
        ),
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


@pytest.mark.parametrize("levels", [65, 256, 900])
@pytest.mark.parametrize(
    "definitions",
    [[], [Definition("x")], [Definition("x", type="array")]],
    ids=["unknown", "text", "list"],
)
def test_a_value_that_is_nested_too_deeply_is_named(
    definitions: list[Definition], levels: int
) -> None:
    text = "[" * levels + "]" * levels
    value = text if definitions and definitions[0].type == "array" else json.loads(text)
    with pytest.raises(VariableInvalidError, match="'x' is nested deeper than 64") as caught:
        check_variables(definitions, {"x": value})
    assert [(one.field, one.code) for one in caught.value.fields] == [("variables.x", "too_deep")]


def test_a_pair_of_surrogates_in_a_text_of_json_is_a_character() -> None:
    definition = Definition("x", type="array")
    assert check_variables([definition], {"x": r'["\ud83d\ude00"]'})[0] == {"x": ["😀"]}


def test_a_value_may_be_nested_as_deeply_as_a_body() -> None:
    value = json.loads("[" * 64 + "1" + "]" * 64)
    assert check_variables([], {"x": value})[0] == {"x": value}


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


KINDS = [
    # type, accepted, refused
    ("color", ["#abc", "#AABBCCDD", " teal ", "rgb(1, 2, 3)", "hsl(120deg 10% 20% / 50%)", "transparent"],
     ["#ab", "tealish", "red;background:url(x)", "url(x)", "rgb(1", "expression(alert(1))"]),
    ("url", ["https://a.test/x?y#z", "mailto:a@b.test", "tel:+491", "http://[::1]/"],
     ["javascript:alert(1)", "a.test", "/path", "http://", "data:text/html,x", "https://a b.test", "http://[x"]),
    ("image", ["https://a.test/x.png", "data:image/png;base64,AA", "logo.svg", "img/a.png", "/a.png"],
     ["javascript:x", "data:text/html,x", "//a.test/x", "http:", "a b.png", ""]),
    ("date", ["2026-11-22", "2026-11-22T18:00:00Z", "22.11.2026", 1_790_000_000, "Sun, 22 Nov 2026 18:00:00 +0000"],
     ["tomorrow-ish", "2026-13-01", "22.11", True, ["2026"]]),
    ("number", [1, 1.5, "7", " -2.5 ", "1e3", ".5"], ["1,5", "1_000", "NaN", "0x10", "١٢", "1" * 500, True]),
    ("boolean", [True, 0, 1, "on", "No"], [2, "maybe", "ja", [True]]),
    ("array", [[], "[1]"], ["a, b", {"a": 1}, 5]),
    ("object", [{}, '{"a": 1}'], [[], "a", 5]),
    ("string", ["", "x", 5, 1.5, False], [[], {}]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "accepted", "refused"), KINDS)
def test_a_type_takes_what_it_means_and_nothing_else(
    kind: Any, accepted: list[Any], refused: list[Any]
) -> None:
    definition = Definition("x", type=kind)
    for value in accepted:
        check_variables([definition], {"x": value})
    for value in refused:
        if value == "":
            assert check_variables([definition], {"x": value})[0] == {}
            continue
        with pytest.raises(VariableInvalidError) as caught:
            check_variables([definition], {"x": value})
        (error,) = caught.value.fields
        assert error.code in {"wrong_type", "wrong_format"}, value
        assert "send" in error.message, error.message


MESSAGES = [
    (Definition("x", type="number"), "a lot",
     "'x' is a text, and must be a number: send 12.5, or a text of digits with a point"),
    (Definition("x", type="array"), 5,
     "'x' is a number, and must be a list: send [ ... ], also as a text of JSON"),
    (Definition("x", type="color"), "tealish",
     "'x' is no colour: send #3366cc, rgb(0 0 0 / 50%) or a name of CSS such as teal"),
    (Definition("x", validation={"enum": ["S", "M"]}), "L", "'x' must be one of S, M"),
]  # fmt: skip


@pytest.mark.parametrize(("definition", "value", "message"), MESSAGES)
def test_an_error_names_the_kind_of_the_value_and_the_remedy(
    definition: Definition, value: Any, message: str
) -> None:
    with pytest.raises(VariableInvalidError) as caught:
        check_variables([definition], {"x": value})
    assert caught.value.message == message


def test_an_empty_cell_is_no_value_where_no_text_is_asked_for() -> None:
    definitions = [
        Definition("price", type="number", default=3),
        Definition("photo", type="image", validation={"required": True}),
        Definition("title"),
    ]
    sent = {"price": " ", "photo": "a.png", "title": ""}
    assert check_variables(definitions, sent)[0] == {"price": 3, "photo": "a.png", "title": ""}
    with pytest.raises(VariableRequiredError):
        check_variables(definitions, sent | {"photo": ""})


def test_what_is_inside_of_a_list_is_checked_and_named_by_its_path() -> None:
    line = {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 3}, "price": {"type": "number"}},
        "required": ["price"],
    }
    definition = Definition("lines", type="array", validation={"schema": {"items": line}})
    check_variables([definition], {"lines": [{"price": 1}]})
    with pytest.raises(VariableInvalidError) as caught:
        check_variables([definition], {"lines": [{"price": 1}, {"name": "long"}, {"price": "x"}]})
    assert sorted((one.field, one.code) for one in caught.value.fields) == [
        ("variables.lines.1.name", "too_long"),
        ("variables.lines.1.price", "required"),
        ("variables.lines.2.price", "wrong_type"),
    ]
    assert "'lines.2.price' is a text, and must be a number" in str(caught.value.fields)
