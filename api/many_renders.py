"""Several renders of one template in one call: what fails is said beside what succeeded."""

import asyncio
from collections.abc import Sequence

from core.errors import ContentError, PlatenError, ServiceError
from jobs.render.command import RenderCommand
from jobs.render.composition import Composition
from jobs.render.rendered import Rendered
from jobs.render.renders import Renders
from templates_store.errors import VariableInvalidError, VariableRequiredError

__all__ = ["render_each"]

_AT_ONCE = 4
"""Renders of one call that wait for slots together; more would only crowd others out."""


async def render_each(
    renders: Renders,
    commands: Sequence[RenderCommand | PlatenError],
    composition: Composition | None = None,
) -> list[Rendered | PlatenError]:
    """Run each command, in their order; what is an error already is passed on.

    All have the same data. Raises what is wrong with these, such as a missing variable; cancelling
    stops all renders.
    """
    shared = composition or Composition()
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(command: RenderCommand | PlatenError) -> Rendered | PlatenError:
        if isinstance(command, PlatenError):
            return command
        async with places:
            return await _rendered(renders, command, shared)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(command)) for command in commands]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


async def _rendered(
    renders: Renders, command: RenderCommand, shared: Composition
) -> Rendered | PlatenError:
    try:
        return await renders.run(command, shared)
    except (VariableRequiredError, VariableInvalidError):
        raise  # the data are the same for all
    except (ContentError, ServiceError) as error:
        return error
