"""What `--map` leaves open: columns that need none, since their own names say what they are."""

from collections.abc import Mapping
from typing import Any

__all__ = ["completed"]


def completed(given: Mapping[str, str], report: Mapping[str, Any], filename: str) -> dict[str, str]:
    """The mappings (variable -> column) that were given, and those that need not be.

    These are of columns that have the name of a variable, as in a table without mappings, or one
    that the pattern `filename` asks for. `report` is a dry run's.
    """
    # Not before: this takes a while to load, and most batches have nothing to complete.
    from jobs.batch.input.tables import Table
    from jobs.batch.results.names import names_in

    variables = [*report["mappings"], *report["unmatchedVariables"]]
    by_name = Table([one["column"] for one in report["columns"]], iter(()), {}, variables)
    wanted = {*variables, *names_in(filename)}
    own = {
        name: column
        for name in by_name.variables
        if name in wanted and (column := by_name.column_of(name)) not in (None, *given.values())
    }
    return {**own, **given}
