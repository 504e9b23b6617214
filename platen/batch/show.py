"""What a person sees meanwhile: a bar, then a sentence. All of it goes to standard error."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from core.leaving import log_text

__all__ = ["Show"]


class Show:
    """A bar of what is rendered and one of what is saved; sentences alone where nobody watches."""

    def __init__(self) -> None:
        # Not before: the commands that start a service load this module too.
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._console = Console(stderr=True, highlight=False, markup=False)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._rendering = self._bars.add_task("Rendering", total=None, note="")
        self._saving = self._bars.add_task("Saving", total=None, note="", visible=False)

    def __enter__(self) -> Self:
        """Begin to show."""
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the bars."""
        self._bars.stop()

    def say(self, text: str) -> None:
        """A sentence."""
        self._console.print(log_text(text, keep="\n"))

    def rendering(self, batch: Mapping[str, Any]) -> None:
        """Where the batch is."""
        ended = batch["completedItems"] + batch["failedItems"] + batch["cancelledItems"]
        note = f"{batch['failedItems']} failed" if batch["failedItems"] else ""
        total = None if batch["accepting"] else batch["totalItems"]
        self._bars.update(self._rendering, completed=ended, total=total, note=note)

    def saving(self, done: int, total: int) -> None:
        """How many files are in the folder."""
        self._bars.update(self._saving, completed=done, total=total, visible=True)
