"""What a dry run of a batch gives."""

from typing import Any, Literal

from pydantic import Field

from api.models import Answer, Omitted
from jobs.batch.input.check import BatchReport

__all__ = ["BatchReportAnswer"]


class RowProblemAnswer(Answer):
    """A value that does not fit, by the row and column that it came from."""

    row: int = Field(description="From 0, without the header.")
    variable: str | None = Omitted
    column: str | None = Omitted
    reason: str
    code: str


class ColumnAnswer(Answer):
    """A column and the variable that it fills, by its name or probably."""

    column: str
    variable: str | None = Omitted
    exact: bool = Field(description="false: it is only proposed; send it in `mappings`.")


class ProofRowAnswer(Answer):
    """A row that the proof would show."""

    row: int = Field(description="From 0, without the header.")
    variables: dict[str, Any]


class BatchReportAnswer(Answer):
    """What would become of a batch; nothing was kept or rendered."""

    dry_run: Literal[True] = True
    total_rows: int
    total_items: int
    rows_with_errors: int
    errors: list[RowProblemAnswer]
    columns: list[ColumnAnswer] = Field(description="Of a table; empty for inline rows.")
    mappings: dict[str, str] = Field(description="Variable -> column, with what is proposed.")
    unmatched_variables: list[str]
    estimated_seconds: float = Field(description="With the slots of one worker.")
    estimated_bytes: int | None = Omitted
    proof_rows: list[ProofRowAnswer] = Field(
        description="What `proof` would show: the longest, shortest and strangest that fit."
    )

    @classmethod
    def of(cls, report: BatchReport) -> "BatchReportAnswer":
        """From the work's floor."""
        return cls(
            total_rows=report.rows,
            total_items=report.items,
            rows_with_errors=report.wrong_rows,
            errors=[
                RowProblemAnswer(
                    row=one.row,
                    variable=one.variable,
                    column=one.column,
                    reason=one.reason,
                    code=one.code,
                )
                for one in report.problems
            ],
            columns=[
                ColumnAnswer(column=one.column, variable=one.variable, exact=one.exact)
                for one in report.columns
            ],
            mappings=report.mappings,
            unmatched_variables=report.missing,
            estimated_seconds=report.seconds,
            estimated_bytes=report.size,
            proof_rows=[
                ProofRowAnswer(row=one.row, variables=dict(one.variables)) for one in report.proof
            ],
        )
