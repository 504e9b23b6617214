"""Variable definitions as a JSON Schema (draft 2020-12): for callers, and for our own checking."""

from collections.abc import Mapping, Sequence
from typing import Any

import jsonschema_rs

from core.errors import FieldError, ValidationError
from templates_store.fit import fitted
from templates_store.kinds import FORMATS, MEANT
from templates_store.subschema import refuse_subschema
from templates_store.variables import VariableDefinition, VariableType

__all__ = ["json_schema", "refuse_bad_definitions", "validator"]

_SCALAR = ["string", "number", "boolean"]

_TYPES: Mapping[VariableType, Mapping[str, Any]] = {
    "string": {"type": _SCALAR},
    "text": {"type": _SCALAR},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "color": {"type": "string", "format": "color"},
    "image": {"type": "string", "format": "image"},
    "url": {"type": "string", "format": "url"},
    "date": {"type": ["string", "number"], "format": "moment"},
    "array": {"type": "array"},
    "object": {"type": "object"},
}

_LENGTHS: Mapping[str, tuple[str, str]] = {
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}


def json_schema(definitions: Sequence[VariableDefinition]) -> dict[str, Any]:
    """The schema that a set of variables must meet; unknown names are allowed.

    `required` holds only names without a default, since a default stands in for a value.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {definition.name: _property(definition) for definition in definitions},
        "required": [
            definition.name
            for definition in definitions
            if definition.required and definition.default is None
        ],
    }


def validator(definitions: Sequence[VariableDefinition]) -> jsonschema_rs.Draft202012Validator:
    """A compiled checker. Patterns run in a linear-time engine: they come from anybody."""
    return jsonschema_rs.Draft202012Validator(
        json_schema(definitions),
        pattern_options=jsonschema_rs.RegexOptions(),
        formats=dict(FORMATS),
        validate_formats=True,
    )


def refuse_bad_definitions(definitions: Sequence[VariableDefinition]) -> None:
    """Raise ValidationError for a name that is there twice, a validation that cannot work, and a
    default of another type.
    """
    fields: list[FieldError] = []
    seen: set[str] = set()
    for index, definition in enumerate(definitions):
        place = f"variableDefinitions.{index}"
        if definition.name in seen:
            text = f"the name '{definition.name}' is defined twice: keep one"
            fields.append(FieldError(f"{place}.name", text, "duplicate"))
        seen.add(definition.name)
        faults = refuse_subschema(definition, f"{place}.validation.schema")
        fields += faults
        if faults:
            continue  # a schema that names an address must not even be compiled
        if not _compiles(definition):
            text = (
                f"the validation of '{definition.name}' cannot be used: check `pattern` "
                "(no look-around, no back-references) and that limits are numbers"
            )
            fields.append(FieldError(f"{place}.validation", text, "invalid_validation"))
        elif not _default_fits(definition):
            text = f"the default of '{definition.name}' must be {MEANT[definition.type]}"
            fields.append(FieldError(f"{place}.defaultValue", text, "wrong_type"))
    if fields:
        raise ValidationError(fields[0].message, fields=fields)


def _compiles(definition: VariableDefinition) -> bool:
    try:
        validator([definition])
    except ValueError:
        return False
    return True


def _default_fits(definition: VariableDefinition) -> bool:
    """Whether the default has the type; rules are for what callers send."""
    if definition.default is None or not definition.declared:
        return True
    bare = VariableDefinition(definition.name, definition.type)
    if definition.default == "" and definition.type not in {"number", "boolean"}:
        return True  # "no picture, unless one is sent"
    value = fitted(definition, definition.default)
    return validator([bare]).is_valid({definition.name: value})


def _property(definition: VariableDefinition) -> dict[str, Any]:
    rules = definition.validation or {}
    schema: dict[str, Any] = dict(rules.get("schema") or {})
    if definition.declared:
        schema |= {**_TYPES[definition.type], "x-kind": definition.type}
    if definition.allow_raw_html:
        schema["x-raw-html"] = True
    if definition.description:
        schema["description"] = definition.description
    if definition.default is not None:
        schema["default"] = definition.default
    schema.update(_limits(definition.type, rules))
    return schema


def _limits(kind: VariableType, rules: Mapping[str, Any]) -> dict[str, Any]:
    shortest, longest = _LENGTHS.get(kind, ("minLength", "maxLength"))
    names = {
        "minLength": shortest,
        "maxLength": longest,
        "min": "minimum",
        "max": "maximum",
        "pattern": "pattern",
        "enum": "enum",
    }
    return {
        names[rule]: value for rule, value in rules.items() if rule in names and value is not None
    }
