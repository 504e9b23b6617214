"""One template in many layouts at once: what fails is said beside what succeeded."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.errors import ContentError, PlatenError, ServiceError
from jobs.render.command import RenderCommand, TemplateRef
from jobs.render.errors import UnknownLayoutError
from jobs.render.rendered import Rendered
from jobs.render.renders import Renders
from templates_store.errors import VariableInvalidError, VariableRequiredError
from templates_store.layouts import DEFAULT_LAYOUT

__all__ = ["LayoutOutcome", "render_layouts"]

_AT_ONCE = 4
"""Renders of one call that wait for slots together; more would only crowd others out."""


@dataclass(frozen=True, slots=True)
class LayoutOutcome:
    """A layout's name with its render, or with what went wrong."""

    layout: str
    done: Rendered | None = None
    error: PlatenError | None = None


async def render_layouts(
    renders: Renders, command: RenderCommand, layouts: Sequence[str], known: Sequence[str]
) -> list[LayoutOutcome]:
    """Render each of `layouts`, in their order; one that is not `known` is an error of its own.

    `command.origin` is a stored template. Raises what is wrong with the request as a whole, such
    as a missing variable; cancelling stops all of them.
    """
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(layout: str) -> LayoutOutcome:
        if layout not in known:
            return LayoutOutcome(layout, error=_unknown(layout, known))
        async with places:
            return await _rendered(renders, command, layout)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(layout)) for layout in dict.fromkeys(layouts)]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


async def _rendered(renders: Renders, command: RenderCommand, layout: str) -> LayoutOutcome:
    assert isinstance(command.origin, TemplateRef)
    origin = replace(command.origin, layout=layout)
    try:
        return LayoutOutcome(layout, await renders.run(replace(command, origin=origin)))
    except (VariableRequiredError, VariableInvalidError):
        raise  # the data are the same for all layouts
    except (ContentError, ServiceError) as error:
        return LayoutOutcome(layout, error=error)


def _unknown(layout: str, known: Sequence[str]) -> PlatenError:
    names = ", ".join(known) or DEFAULT_LAYOUT
    return UnknownLayoutError(f"The template has no layout '{layout}': it has {names}")
