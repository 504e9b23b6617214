import jsonschema_rs
import pytest

from core.errors import ValidationError
from templates_store.discover import merge_definitions
from templates_store.schema import json_schema, refuse_bad_definitions
from templates_store.variables import VARIABLE_TYPES
from templates_store.variables import VariableDefinition as Definition


class Found:
    def __init__(self, name: str, type_guess: str) -> None:
        self.name = name
        self.type_guess = type_guess


def test_the_schema_is_one_and_asks_for_what_has_no_default() -> None:
    rules = {"required": True, "minLength": 1, "min": None}
    definitions = [Definition(kind, type=kind, validation=rules) for kind in VARIABLE_TYPES]
    definitions.append(Definition("late", default="x", validation={"required": True}))
    schema = json_schema(definitions)
    jsonschema_rs.meta.validate(schema)
    assert schema["required"] == list(VARIABLE_TYPES)
    assert schema["properties"]["late"]["default"] == "x"
    assert schema["properties"]["array"]["minItems"] == 1


@pytest.mark.parametrize("rules", [{"pattern": "("}, {"pattern": "(?=a)"}, {"minLength": -1}])
def test_a_validation_that_cannot_work_is_refused(rules: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        refuse_bad_definitions([Definition("fine"), Definition("x", validation=rules)])
    assert caught.value.fields[0].field == "variableDefinitions.1.validation"


def test_declared_definitions_win_and_old_guesses_go() -> None:
    declared = Definition("title", type="text")
    guess = Definition("gone", declared=False)
    found = [Found("title", "number"), Found("items", "array"), Found("odd", "no such type")]
    definitions, added = merge_definitions([declared, guess], found)
    assert added == ("items", "odd")
    assert definitions == (
        declared,
        Definition("items", type="array", declared=False),
        Definition("odd", type="string", declared=False),
    )


def test_a_default_of_another_type_is_refused_at_save() -> None:
    refuse_bad_definitions([Definition("a", type="number", default="5")])
    refuse_bad_definitions([Definition("a", type="number", default="x", declared=False)])
    with pytest.raises(ValidationError) as caught:
        refuse_bad_definitions([Definition("a", type="array", default="x")])
    assert caught.value.fields[0].field == "variableDefinitions.0.defaultValue"
