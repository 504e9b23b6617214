"""Makes items of the tables that batches came with: one table at a time, the workspaces in turns.

Turns are remembered by each reader for itself: a fair one needs to know no more than what it did.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from core.database import Database
from core.errors import InternalError, PlatenError, ServiceError
from jobs.batch.input.accept import continue_table, end_broken_table
from jobs.batch.input.waiting import next_table, release_table
from templates_store.templates import Templates

__all__ = ["TableReader"]

log = logging.getLogger(__name__)

LOOK_EVERY = 2.0
"""Seconds between two looks when nobody rings."""
REMEMBERED = 1000
"""Workspaces; who is forgotten counts as never served, and had its turn longest ago."""
TRIES = 3
"""Of a table at which the reading breaks for no reason that we know."""


class TableReader:
    """Runs from `start` to `stop`. `changed` is called whenever there are new items."""

    def __init__(
        self, db: Database, templates: Templates, most_items: int, changed: Callable[[], None]
    ) -> None:
        self._db = db
        self._templates = templates
        self._most_items = most_items
        self._changed = changed
        self._served: dict[str, None] = {}  # workspaces, the latest last
        self._broke: Counter[str] = Counter()  # batch -> tries
        self._bell = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Look now."""
        self._bell.set()

    async def start(self) -> None:
        """Begin to read."""
        self._loop = asyncio.create_task(self._run(), name="table reader")

    async def stop(self) -> None:
        """Read no more; another goes on where this one stopped, at once."""
        if self._loop is not None:
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop
            self._loop = None

    async def _run(self) -> None:
        while True:
            self._bell.clear()
            try:
                while (table := await next_table(self._db, self._served)) is not None:
                    self._remember(table.workspace_id)
                    await self._read(table.batch_id)
            except Exception:  # the reader must outlive a database that is away
                log.exception("a table could not be read; its lease runs out and it is tried again")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._bell.wait()

    def _remember(self, workspace_id: str) -> None:
        self._served.pop(workspace_id, None)
        self._served[workspace_id] = None
        if len(self._served) > REMEMBERED:
            del self._served[next(iter(self._served))]

    async def _read(self, batch_id: str) -> None:
        try:
            await continue_table(
                self._db, self._templates, batch_id, self._most_items, self._changed
            )
        except ServiceError:
            raise
        except PlatenError as error:
            # Trying again cannot help: the batch ends, and says why.
            await end_broken_table(self._db, batch_id, error)
        except Exception as error:
            self._broke[batch_id] += 1
            if self._broke[batch_id] < TRIES:
                raise
            log.exception("a table broke the reading %d times; its batch %s ends", TRIES, batch_id)
            await end_broken_table(self._db, batch_id, _unreadable(error))
        except asyncio.CancelledError:
            await release_table(self._db, batch_id)
            raise
        self._broke.pop(batch_id, None)
        self._changed()


def _unreadable(error: Exception) -> PlatenError:
    return InternalError(
        f"Reading the table broke {TRIES} times, at something that we did not expect in it: the "
        "operator's log says what. Send the batch again without the rows that have no item yet",
        private=repr(error),
    )
