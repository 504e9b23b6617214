"""Who gets the free slots: workspaces in turn, then each one's batches, oldest first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Waiting", "share"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A batch with items to take. `running` counts all workers; `limit` None: no bound."""

    batch_id: str
    workspace_id: str
    running: int = 0
    limit: int | None = None


def share(waiting: Sequence[Waiting], free: int) -> Counter[str]:
    """How many of `free` slots each batch may take; batches in order of age.

    Each slot goes to the workspace that has the fewest running, and there to its oldest batch
    below its limit: a workspace with 100,000 items delays another's 20 by one slot's turn.
    """
    given: Counter[str] = Counter()
    running: Counter[str] = Counter()
    for batch in waiting:
        running[batch.workspace_id] += batch.running
    for _ in range(free):
        open_to_take = [
            batch
            for batch in waiting
            if batch.limit is None or batch.running + given[batch.batch_id] < batch.limit
        ]
        if not open_to_take:
            break
        chosen = min(open_to_take, key=lambda batch: running[batch.workspace_id])
        given[chosen.batch_id] += 1
        running[chosen.workspace_id] += 1
    return given
