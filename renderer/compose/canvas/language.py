"""The template language as it stands in the texts of canvases."""

from collections.abc import Mapping
from typing import Any

from renderer.compose.canvas.place import Place
from renderer.compose.compiled import Compiled
from renderer.compose.problems import problem
from renderer.jail_child.call import JobError

__all__ = ["COMPILED", "placed"]

COMPILED = Compiled(escape=False)
"""What is printed becomes a text on a canvas, and no HTML."""


def placed(error: Exception, text: str, place: Place, known: Mapping[str, Any]) -> JobError:
    """The problem of one text, with the place of the text in the canvas."""
    told = problem(error, text, known)
    path = f"fabricJSData.{place}"
    return JobError(told.code, f"{path}: {told.message}", **{**told.facts, "path": path})
