"""What can be known of a template before it has data."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["ANY", "Analysis", "Discovered", "VariableType"]

ANY = "*"
"""Stands among the names of assets when one of them is known only when there are data."""

VariableType = Literal[
    "string", "text", "number", "boolean", "color", "image", "url", "date", "array", "object"
]


@dataclass(frozen=True, slots=True)
class Discovered:
    """A variable that the source reads. The guesses are starting points for a definition.

    `required_guess`: it is printed whatever the other data are, and without a fallback.
    """

    name: str
    type_guess: VariableType = "string"
    required_guess: bool = False


@dataclass(frozen=True, slots=True)
class Analysis:
    """The source's variables in order of appearance, and whether it holds scripts.

    `syntax`: the language that it is read in. `includes`: names of the partials that it asks for.
    `assets`: names of the files of the workspace that it asks for itself, `*` for one that data
    decide.
    """

    variables: tuple[Discovered, ...] = ()
    javascript: bool = False
    syntax: str = "jinja"
    includes: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
