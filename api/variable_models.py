"""Variable definitions on the wire."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from api.models import Answer, Body, Omitted, Whole
from templates_store.variables import VariableDefinition, VariableType

__all__ = [
    "DefinitionAnswer",
    "DefinitionBody",
    "Definitions",
    "PlainText",
    "RulesAnswer",
    "RulesBody",
]


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("must not hold the character U+0000")
    return value


PlainText = Annotated[str, AfterValidator(_no_nul)]
"""A text that every database can keep."""


class RulesBody(Body):
    """What a value must meet. `pattern` is a regular expression without look-around."""

    required: bool | None = None
    min_length: Whole | None = Field(default=None, ge=0)
    max_length: Whole | None = Field(default=None, ge=0)
    min: float | None = Field(default=None, allow_inf_nan=False)
    max: float | None = Field(default=None, allow_inf_nan=False)
    pattern: str | None = Field(default=None, max_length=1000)
    enum: list[Any] | None = Field(default=None, min_length=1, max_length=1000)
    on_missing: Literal["fail", "empty"] | None = Field(
        default=None,
        description="Of an image, or what holds some: whether a render goes on without it; fail.",
    )
    schema_: dict[str, Any] | None = Field(
        default=None,
        alias="schema",
        description="A JSON Schema for what is inside of an array or object, without `$ref`.",
    )


class DefinitionBody(Body):
    """One input of a template. `text` is `string`."""

    name: PlainText = Field(min_length=1, max_length=100)
    type: VariableType = "string"
    default_value: Any = None
    description: PlainText | None = Field(default=None, max_length=2000)
    validation: RulesBody | None = None
    required: bool | None = Field(default=None, description="Short for `validation.required`.")
    allow_raw_html: bool | None = None

    def definition(self) -> VariableDefinition:
        """As the store knows it."""
        rules = self.validation.model_dump(by_alias=True) if self.validation else {}
        if self.required is not None:
            rules.setdefault("required", None)
            rules["required"] = self.required if rules["required"] is None else rules["required"]
        rules = {name: value for name, value in rules.items() if value is not None}
        return VariableDefinition(
            name=self.name,
            type=self.type,
            default=self.default_value,
            description=self.description or "",
            validation=rules or None,
            allow_raw_html=bool(self.allow_raw_html),
        )


class Definitions(Body):
    """All inputs of a template, wherever they came from."""

    variable_definitions: list[DefinitionBody] = Field(max_length=500)


class RulesAnswer(Answer):
    """What a value must meet; only rules that there are."""

    required: bool | None = Omitted
    min_length: int | None = Omitted
    max_length: int | None = Omitted
    min: float | None = Omitted
    max: float | None = Omitted
    pattern: str | None = Omitted
    enum: list[Any] | None = Omitted
    on_missing: Literal["fail", "empty"] | None = Omitted
    schema_: dict[str, Any] | None = Field(
        default=None, alias="schema", exclude_if=lambda value: value is None
    )


class DefinitionAnswer(Answer):
    """One input of a template. `defaultValue` and `validation` are left out when there is none."""

    name: str
    type: VariableType
    default_value: Any = Omitted
    description: str
    required: bool
    validation: RulesAnswer | None = Omitted
    allow_raw_html: bool

    @classmethod
    def of(cls, definition: VariableDefinition) -> "DefinitionAnswer":
        """From what the store knows."""
        rules = definition.validation
        return cls(
            name=definition.name,
            type=definition.type,
            default_value=definition.default,
            description=definition.description,
            required=definition.required,
            validation=RulesAnswer(**rules) if rules else None,
            allow_raw_html=definition.allow_raw_html,
        )
