"""What is rendered: one kind of output, with data of its own for each render."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["NOW_US", "Case", "Job", "WrongOutputError"]

NOW_US = 1_795_000_000_000_000
"""The moment of all renders, in microseconds."""


class WrongOutputError(Exception):
    """A contender answered with something else than what was asked for."""


@dataclass(frozen=True, slots=True)
class Job:
    """One render: a template with its data, in CSS px.

    `template` names the source where sources are stored. With `files` the composed page and its
    files travel with each request and nothing is stored.
    """

    template: str
    source: str
    variables: Mapping[str, Any]
    width: int
    height: int
    workspace: int = 0
    javascript: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of output. `check` raises WrongOutputError unless the bytes show that number.

    `everybody`: all peers draw it in the short run too. `at_least`: renders in each turn, where
    jobs differ so much that a few of them would say nothing.
    """

    name: str
    format: Literal["png", "jpeg", "pdf"]
    job: Callable[[int], Job]
    check: Callable[[bytes, int], None]
    compression: Literal["fast", "balanced"] = "fast"
    everybody: bool = False
    at_least: int = 0
