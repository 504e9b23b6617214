"""Pydantic's findings in our words: which field, what is wrong, how to mend it."""

from collections.abc import Mapping
from typing import Any, TypeVar

import pydantic

from core.errors import FieldError, ValidationError

__all__ = ["validated", "validation_error"]

_TEXTS: Mapping[str, tuple[str, str]] = {
    "missing": ("is required", "required"),
    "greater_than_equal": ("must be at least {ge}", "out_of_range"),
    "greater_than": ("must be more than {gt}", "out_of_range"),
    "less_than_equal": ("must be at most {le}", "out_of_range"),
    "less_than": ("must be less than {lt}", "out_of_range"),
    "finite_number": ("must be a finite number", "out_of_range"),
    "int_type": ("must be a whole number", "wrong_type"),
    "int_parsing": ("must be a whole number", "wrong_type"),
    "int_from_float": ("must be a whole number", "wrong_type"),
    "int_parsing_size": ("has too many digits", "out_of_range"),
    "float_type": ("must be a number", "wrong_type"),
    "float_parsing": ("must be a number", "wrong_type"),
    "bool_type": ("must be true or false", "wrong_type"),
    "bool_parsing": ("must be true or false", "wrong_type"),
    "string_type": ("must be a text", "wrong_type"),
    "list_type": ("must be a list", "wrong_type"),
    "tuple_type": ("must be a list", "wrong_type"),
    "dict_type": ("must be an object", "wrong_type"),
    "mapping_type": ("must be an object", "wrong_type"),
    "model_type": ("must be an object", "wrong_type"),
    "model_attributes_type": ("must be an object", "wrong_type"),
    "literal_error": ("must be one of {expected}", "not_allowed"),
    "enum": ("must be one of {expected}", "not_allowed"),
    "string_too_short": ("must have at least {min_length} characters", "too_short"),
    "string_too_long": ("must have at most {max_length} characters", "too_long"),
    "too_short": ("must have at least {min_length} entries", "too_short"),
    "too_long": ("must have at most {max_length} entries", "too_long"),
    "string_pattern_mismatch": ("must match the pattern {pattern}", "pattern_mismatch"),
}
_MOST_ERRORS = 50


ModelT = TypeVar("ModelT", bound=pydantic.BaseModel)


def validated(model: type[ModelT], value: Any) -> ModelT:
    """An instance of `model`. Raises core's ValidationError, which names every wrong field."""
    try:
        return model.model_validate(value)
    except pydantic.ValidationError as error:
        raise validation_error(error) from None


def validation_error(error: pydantic.ValidationError) -> ValidationError:
    """The error in our words; the caller's data is never repeated."""
    found = error.errors(include_url=False, include_input=False)
    fields = [_field(item) for item in found[:_MOST_ERRORS]]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return ValidationError(fields[0].message + more, fields=fields)


def _field(item: Any) -> FieldError:
    path = ".".join(str(part) for part in item["loc"])
    context = item.get("ctx", {})
    if item["type"] == "value_error":
        # Our own validators say the whole of it.
        text, code = str(context["error"]), "invalid"
    elif item["type"] in _TEXTS:
        template, code = _TEXTS[item["type"]]
        text = template.format_map({name: _plain(value) for name, value in context.items()})
        if context.get("field_type") == "Value":  # a text whose length pydantic only measures
            text = text.replace("entries", "characters")
    else:
        text, code = f"{item['msg'][:1].lower()}{item['msg'][1:]}", "invalid"
    return FieldError(path, f"{path or 'the body'} {text}", code)


def _plain(value: Any) -> Any:
    """A limit as people write it: 100, not 100.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
