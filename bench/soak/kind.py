"""One kind of request: what is asked for, and how its answer is judged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from bench.soak.strip import WrongAnswerError

__all__ = ["Ask", "Kind", "problem_code"]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `patience`: seconds after which the client hangs up by itself."""

    path: str
    body: Mapping[str, Any]
    accept: str = "*/*"
    patience: float = 60.0

    @property
    def deadline(self) -> float:
        """Seconds that the render was given."""
        return self.body.get("timeout", 25_000) / 1000


@dataclass(frozen=True, slots=True)
class Kind:
    """`ask(number)` makes the request; `check` raises WrongAnswerError for a wrong answer.

    `weight`: how often it is sent, beside the others of its list. `strikes`: what is killed while
    the render runs, `page` or `browser`. `hangs_up`: the client goes before there is an answer.
    """

    name: str
    weight: int
    ask: Callable[[int], Ask]
    check: Callable[[httpx2.Response, int], None] = field(repr=False)
    strikes: str = ""
    hangs_up: bool = False


def problem_code(answer: httpx2.Response) -> str:
    """The stable code of an answer that is an error. Raises WrongAnswerError for any other."""
    if answer.headers.get("content-type") != "application/problem+json":
        raise WrongAnswerError(f"{answer.status_code} is no problem document")
    return str(answer.json()["code"])
