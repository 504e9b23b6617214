"""What would become of a batch: every row judged, nothing kept, nothing rendered."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import select

from core.database import Database
from core.models import artifacts
from jobs.batch.input.prepare import PreparedRow
from jobs.batch.input.proof import chosen_rows
from jobs.batch.input.tables import Table
from jobs.batch.input.tables.likeness import proposed
from jobs.render.models import renders
from templates_store.templates import Resolved

__all__ = [
    "BatchReport",
    "ColumnReport",
    "ProofRow",
    "RowProblem",
    "estimated",
    "proof_of",
    "report_rows",
]

MOST_PROBLEMS = 200
_RECENT = 200
_GUESSED_SECONDS = 0.2
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row does not fit. `row` from 0; `column` None for inline rows."""

    row: int
    variable: str | None
    column: str | None
    reason: str
    code: str


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """A column and the variable that it fills; unless `exact`, it is only likely to."""

    column: str
    variable: str | None
    exact: bool


@dataclass(frozen=True, slots=True)
class ProofRow:
    """A row that a proof would show, with its variables. `row` from 0."""

    row: int
    variables: Mapping[str, Any]


@dataclass(slots=True)
class BatchReport:
    """`problems` are the first of `wrong_rows` rows' fields. Times are seconds, sizes bytes.

    `seconds` and `size` are guesses from earlier renders of the template; `size` None without one.
    """

    rows: int = 0
    items: int = 0
    wrong_rows: int = 0
    problems: list[RowProblem] = field(default_factory=list[RowProblem])
    columns: list[ColumnReport] = field(default_factory=list[ColumnReport])
    missing: list[str] = field(default_factory=list[str])
    mappings: dict[str, str] = field(default_factory=dict[str, str])
    seconds: float = 0.0
    size: int | None = None
    proof: list[ProofRow] = field(default_factory=list[ProofRow])


async def report_rows(
    prepared: Iterator[PreparedRow], resolved: Resolved, table: Table | None, most: int
) -> BatchReport:
    """Judge every row; more than `most` are counted no further."""
    report = BatchReport()
    if table is not None:
        _report_columns(report, resolved, table)
    counted = islice(prepared, most + 1)
    # In a thread: others have their turn, also while there are only blank lines.
    while portion := await asyncio.to_thread(lambda: list(islice(counted, _AT_ONCE))):
        for number, row in enumerate(portion, report.rows):
            if row.problem is not None:
                report.wrong_rows += 1
                _report_problem(report, number, row, table)
        report.rows += len(portion)
    return report


def proof_of(rows: Callable[[], Iterable[PreparedRow]], count: int, most: int) -> list[ProofRow]:
    """The rows that a proof of `count` would show. `rows` is read twice; for threads."""
    fitting = (
        (number, row.variables)
        for number, row in enumerate(islice(rows(), most))
        if row.problem is None
    )
    chosen = set(chosen_rows(fitting, count))
    found = enumerate(islice(rows(), max(chosen, default=-1) + 1))
    return [ProofRow(number, row.variables) for number, row in found if number in chosen]


def _report_problem(
    report: BatchReport, number: int, row: PreparedRow, table: Table | None
) -> None:
    assert row.problem is not None
    fields = row.problem.fields
    named = [(one.field.removeprefix("variables."), one.message, one.code) for one in fields]
    for name, reason, code in named or [(None, row.problem.message, row.problem.code)]:
        if len(report.problems) < MOST_PROBLEMS:
            column = table.column_of(name.partition(".")[0]) if table and name else None
            report.problems.append(RowProblem(number, name, column, reason, code))


def _report_columns(report: BatchReport, resolved: Resolved, table: Table) -> None:
    names = [definition.name for definition in resolved.definitions]
    exact = {table.column_of(name): name for name in names if table.column_of(name)}
    open_names = [name for name in names if name not in exact.values()]
    free = [column for column in table.columns if column and column not in exact]
    likely = proposed(open_names, free)
    by_column = {column: name for name, column in likely.items()}
    report.columns = [
        ColumnReport(column, exact.get(column) or by_column.get(column), column in exact)
        for column in table.columns
        if column
    ]
    report.missing = [name for name in open_names if name not in likely]
    report.mappings = {name: column for column, name in exact.items() if column} | likely


async def estimated(
    db: Database, workspace_id: str, template_uid: str, items: int, slots: int
) -> tuple[float, int | None]:
    """Seconds and bytes of so many renders, from the template's latest ones."""
    recent = (
        select(renders.c.template_uid, renders.c.timings, artifacts.c.size)
        .join(artifacts, artifacts.c.id == renders.c.artifact_id)
        .where(renders.c.workspace_id == workspace_id)
        .order_by(renders.c.created_us.desc())
        .limit(_RECENT)
    )
    async with db.read() as conn:
        rows = (await conn.execute(recent)).mappings().all()
    own = [row for row in rows if row["template_uid"] == template_uid]
    if not own:
        return round(items * _GUESSED_SECONDS / slots, 1), None
    each = _mean([sum(row["timings"].values()) / 1000 for row in own])
    return round(items * each / slots, 1), round(items * _mean([row["size"] for row in own]))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
