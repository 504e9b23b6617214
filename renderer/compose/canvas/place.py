"""Where in a canvas something stands, as its author would write it: `objects[2].fill`."""

from dataclasses import dataclass
from typing import Any

from renderer.jail_child.call import JobError

__all__ = ["ROOT", "Place", "refused"]


@dataclass(frozen=True, slots=True)
class Place:
    """A member or an item of what stands `above`; written out only when somebody asks."""

    above: "Place | None" = None
    step: str | int = ""

    def at(self, step: str | int) -> "Place":
        """The place of a member (by name) or of an item (by number) of what is here."""
        return Place(self, step)

    def __str__(self) -> str:
        steps: list[str] = []
        here: Place | None = self
        while here is not None and here.step != "":
            steps.append(f"[{here.step}]" if isinstance(here.step, int) else f".{here.step[:80]}")
            here = here.above
        return "".join(reversed(steps)).removeprefix(".")


ROOT = Place()


def refused(place: Place | str, told: str, code: str = "canvas_invalid", **facts: Any) -> JobError:
    """The error for what stands at `place`; `told` goes on after the place's name."""
    path = str(place)
    name = f"fabricJSData.{path}" if path else "fabricJSData"
    return JobError(code, f"{name} {told}", **{**facts, "path": name})
