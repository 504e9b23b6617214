"""A contact sheet: many pictures at a glance."""

from collections.abc import Sequence

from core.errors import InternalError
from renderer.jail import Jail
from renderer.jail_errors import JailJobError, JailKilledError

__all__ = ["SHEET_CELLS", "contact_sheet"]

CELL = 180
"""Sides of a thumbnail, px."""
COLUMNS = 8
SHEET_CELLS = 64
TIMEOUT = 30.0


async def contact_sheet(jail: Jail, pictures: Sequence[tuple[str, bytes]]) -> bytes:
    """A PNG of at most SHEET_CELLS pictures, each with its label. Raises InternalError."""
    payload = {"cell": CELL, "columns": COLUMNS, "labels": [label for label, _ in pictures]}
    memory = jail.settings.jail_document_memory_mb << 20
    try:
        reply = await jail.run(
            "sheet", payload, [data for _, data in pictures], timeout=TIMEOUT, memory_bytes=memory
        )
    except (JailJobError, JailKilledError) as error:
        raise InternalError("The contact sheet could not be drawn", private=str(error)) from error
    return reply.attachments[0]
