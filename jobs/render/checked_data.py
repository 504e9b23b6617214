"""The data of a render, checked against its template's variables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.errors import FieldError, PlatenError
from jobs.render.canonical import canonical
from jobs.render.command import InlineTemplate, RenderCommand
from jobs.render.errors import VariablesTooLargeError
from jobs.render.settings import RenderSettings
from renderer.request import Warn
from templates_store.check import check_variables
from templates_store.templates import Resolved

__all__ = ["CheckedData", "checked_data"]


@dataclass(frozen=True, slots=True)
class CheckedData:
    """Values with defaults filled in. `sets` stand in place of `variables` when there are any."""

    variables: Mapping[str, Any]
    sets: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[Warn, ...] = ()


def checked_data(
    command: RenderCommand, resolved: Resolved | None, limits: RenderSettings
) -> CheckedData:
    """Check the command's variables, or each of its sets; without a stored template, their size.

    Raises VariablesTooLargeError, and what the template store says of wrong or missing variables,
    with the path of each field.
    """
    _check_size(command.variable_sets or command.variables, limits)
    if resolved is None:
        return CheckedData(_with_defaults(command), command.variable_sets)
    if command.variable_sets:
        return _checked_sets(command.variable_sets, resolved)
    values, warnings = _checked(command.variables, resolved)
    return CheckedData(values, warnings=warnings)


def _with_defaults(command: RenderCommand) -> Mapping[str, Any]:
    """An inline template's values: those that it defines are checked, and all others passed on."""
    origin = command.origin
    if not isinstance(origin, InlineTemplate) or not origin.definitions:
        return command.variables
    names = {one.name for one in origin.definitions}
    given = {name: value for name, value in command.variables.items() if name in names}
    checked, _ = check_variables(origin.definitions, given)
    others = {name: value for name, value in command.variables.items() if name not in names}
    return others | checked


def _checked_sets(sets: Sequence[Mapping[str, Any]], resolved: Resolved) -> CheckedData:
    values: list[Mapping[str, Any]] = []
    warnings: list[Warn] = []
    for index, one in enumerate(sets):
        try:
            checked, warned = _checked(one, resolved)
        except PlatenError as error:
            raise _within(error, f"variableSets[{index}]") from error
        values.append(checked)
        warnings.extend(replace(warn, detail={**warn.detail, "set": index}) for warn in warned)
    return CheckedData({}, tuple(values), tuple(warnings))


def _checked(
    values: Mapping[str, Any], resolved: Resolved
) -> tuple[dict[str, Any], tuple[Warn, ...]]:
    checked, warnings = check_variables(resolved.definitions, values, strict=resolved.strict)
    return checked, tuple(warnings)


def _within(error: PlatenError, path: str) -> PlatenError:
    """The same error, whose fields are said to lie under `path` instead of `variables`."""
    fields = [
        FieldError(f"{path}.{one.field.removeprefix('variables.')}", one.message, one.code)
        for one in error.fields
    ]
    return type(error)(f"{path}: {error.message}", fields=fields, extra=error.extra)


def _check_size(values: Any, limits: RenderSettings) -> None:
    size = len(canonical(values))
    if size > limits.max_variables_bytes:
        raise VariablesTooLargeError(
            f"The variables have {size} bytes as JSON, and one render may have "
            f"{limits.max_variables_bytes}: give big pictures as URLs, not as data",
            fields=[FieldError("variables", "too large", "too_large")],
        )
