"""Excel's files: read in the jail, kept as lines."""

from core.errors import InternalError
from jobs.batch.input.tables.open_table import Kept, kind_of
from jobs.batch.input.tables.table import wrong
from renderer.jail import Jail
from renderer.jail_errors import JailJobError, JailKilledError

__all__ = ["kept_table"]

TIMEOUT = 60.0


async def kept_table(jail: Jail, data: bytes, most_rows: int, most_bytes: int) -> Kept:
    """The table as it is kept. Raises TableInvalidError for what is none, and for bombs.

    `most_bytes`: of an Excel file's cells, as CSV.
    """
    kind = kind_of(data)
    if kind != "xlsx":
        return Kept(kind, data)
    memory = jail.settings.jail_document_memory_mb << 20
    payload = {"rows": most_rows + 1, "bytes": most_bytes}
    try:
        reply = await jail.run("spreadsheet", payload, [data], timeout=TIMEOUT, memory_bytes=memory)
    except JailJobError as error:
        if error.code in {"unreadable_spreadsheet", "memory"}:
            raise wrong(error.message.rstrip(".")) from error
        raise InternalError("The spreadsheet could not be read", private=str(error)) from error
    except JailKilledError as error:
        raise wrong("it takes too long or too much memory to read") from error
    return Kept("cells", reply.attachments[0])
