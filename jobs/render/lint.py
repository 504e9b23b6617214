"""Where a design breaks, found by rendering it with data at the edges of what it allows."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.errors import ContentError
from jobs.render.command import RenderCommand
from jobs.render.rendered import Rendered
from jobs.render.renders import Renders
from templates_store.check import check_variables
from templates_store.extremes import DataSet, extremes, typical
from templates_store.resolved import Resolved

__all__ = ["LintCase", "lint"]

_AT_ONCE = 2
"""Checking a template shares the browsers with everybody's renders."""


@dataclass(frozen=True, slots=True)
class LintCase:
    """One set of data and what came of it: a render with its warnings, or the error it met."""

    data: DataSet
    done: Rendered | None = None
    error: ContentError | None = None


async def lint(
    renders: Renders,
    command: RenderCommand,
    resolved: Resolved,
    given: Mapping[str, Any],
    *,
    with_extremes: bool,
) -> list[LintCase]:
    """Render the given data (else typical ones), and extremes made from them; nothing is kept.

    Warnings are looked for, contrast included. Raises what is no fault of the data: a deadline, a
    template that is not there, a service that is overloaded.
    """
    name = "given" if given else "typical"
    sets = [DataSet(name, typical(resolved.definitions, given))]
    if with_extremes:
        sets += extremes(
            resolved.definitions,
            given,
            lambda values: check_variables(resolved.definitions, values, strict=resolved.strict),
        )
    command = replace(
        command,
        store=False,
        contrast=True,
        fail_on_warnings=frozenset(),
        on_missing="empty",
    )
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(data: DataSet) -> LintCase:
        async with turn:
            try:
                done = await renders.run(replace(command, variables=data.variables))
            except ContentError as error:
                return LintCase(data, error=error)
            return LintCase(data, done=done)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(data)) for data in sets]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
