"""A template's named, typed inputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

__all__ = ["VARIABLE_TYPES", "VariableDefinition", "VariableType"]

VariableType = Literal[
    "string", "text", "number", "boolean", "color", "image", "url", "date", "array", "object"
]
VARIABLE_TYPES: tuple[VariableType, ...] = get_args(VariableType)


@dataclass(frozen=True, slots=True)
class VariableDefinition:
    """One input: `text` is `string`. `default` None means that there is none.

    `validation` may hold `required`, `minLength`, `maxLength`, `min`, `max`, `pattern`, `enum`, and
    `schema`, a JSON Schema for what is inside of an array or object.
    `declared` is False for what was only discovered in the source: its type is a guess and is
    not enforced.
    """

    name: str
    type: VariableType = "string"
    default: Any = None
    description: str = ""
    validation: Mapping[str, Any] | None = None
    allow_raw_html: bool = False
    declared: bool = field(default=True)

    @property
    def required(self) -> bool:
        """Whether a render without it is refused, when it has no default."""
        return bool(self.validation and self.validation.get("required"))
