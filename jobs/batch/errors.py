"""What can be wrong with a batch.

PlatenError
  +-- RequestError
  |     +-- ValidationError
  |     |     +-- TableInvalidError      the file or its header          400 invalid_table
  |     +-- ConflictError
  |     |     +-- BatchEndedError        too late to cancel              409 already_completed
  |     |     +-- BatchEndingError       too early to open again         409 batch_ending
  |     |     +-- ItemEndedError         too late to cancel              409 item_ended
  |     |     +-- ItemRunningError       not while it runs               409 item_running
  |     |     +-- NothingFailedError     nothing to try again            409 nothing_failed
  |     |     +-- NothingMadeError       no result of the kind asked for 409 nothing_made
  |     +-- RowsRefusedError             onError: stop                   422 rows_invalid
  +-- ServiceError
        +-- WorkerLostError              of an item, never answered      500 worker_lost
"""

from core.errors import ConflictError, RequestError, ServiceError, ValidationError

__all__ = [
    "BatchEndedError",
    "BatchEndingError",
    "ItemEndedError",
    "ItemRunningError",
    "NothingFailedError",
    "NothingMadeError",
    "RowsRefusedError",
    "TableInvalidError",
    "WorkerLostError",
]


class TableInvalidError(ValidationError):
    """The CSV file or its header cannot be used. The first line must name the columns, each name
    once; `mappings` says which column holds which variable when their names differ.
    """

    code = "invalid_table"
    title = "Invalid table"


class BatchEndedError(ConflictError):
    """The batch has already ended, so it cannot be cancelled or paused. Its results are kept."""

    code = "already_completed"
    title = "Already completed"


class BatchEndingError(ConflictError):
    """The batch was ended early and its items are still being stopped. Send it again in a
    second.
    """

    code = "batch_ending"
    title = "Batch is ending"


class ItemEndedError(ConflictError):
    """The item has already ended, so it cannot be cancelled. Send other variables to mend it."""

    code = "item_ended"
    title = "Item has ended"


class ItemRunningError(ConflictError):
    """The item is being rendered, so its variables cannot change now. Wait for its end."""

    code = "item_running"
    title = "Item is running"


class NothingFailedError(ConflictError):
    """No item of the batch has failed, so there is nothing to try again."""

    code = "nothing_failed"
    title = "Nothing has failed"


class NothingMadeError(ConflictError):
    """The batch has no result of the kind that is asked for: `merged.pdf` needs PDF, a contact
    sheet needs pictures. `archive.zip` takes every kind.
    """

    code = "nothing_made"
    title = "Nothing made"


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
