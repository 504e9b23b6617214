"""What can be wrong with a batch.

PlatenError
  +-- RequestError
  |     +-- ValidationError
  |     |     +-- TableInvalidError      the file or its header      400 invalid_table
  |     +-- ConflictError
  |     |     +-- BatchEndedError        too late to cancel          409 already_completed
  |     +-- RowsRefusedError             onError: stop               422 rows_invalid
  +-- ServiceError
        +-- WorkerLostError              of an item, never answered  500 worker_lost
"""

from core.errors import ConflictError, RequestError, ServiceError, ValidationError

__all__ = ["BatchEndedError", "RowsRefusedError", "TableInvalidError", "WorkerLostError"]


class TableInvalidError(ValidationError):
    """The CSV file or its header cannot be used. The first line must name the columns, each name
    once; `mappings` says which column holds which variable when their names differ.
    """

    code = "invalid_table"
    title = "Invalid table"


class BatchEndedError(ConflictError):
    """The batch has already ended, so it cannot be cancelled. Its results are kept."""

    code = "already_completed"
    title = "Already completed"


class RowsRefusedError(RequestError):
    """Rows do not fit the template and `onError` is `stop`, so nothing was rendered. `errors`
    names each row and variable; mend them, or send `onError: continue` to render the others.
    """

    code = "rows_invalid"
    status = 422
    title = "Rows invalid"


class WorkerLostError(ServiceError):
    """The worker that rendered the item was lost each time, so it is not tried again. Look for
    what in this row's data could exhaust the machine's memory, then send the row anew.
    """

    code = "worker_lost"
    status = 500
    title = "Worker lost"
