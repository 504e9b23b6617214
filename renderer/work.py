"""The one context that the steps of a render share."""

import asyncio
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from renderer.asker import Asker
from renderer.captured import Captured
from renderer.inspect.layout import Look
from renderer.request import AssetUse, RenderRequest, Warn
from renderer.stored import ReadFile, no_files

__all__ = ["Work"]


@dataclass(slots=True)
class Work:
    """One render on its way through the steps; each fills in what the next ones need.

    `deadline` is in the event loop's time, seconds. `sections` are the composed documents, one
    but for `variable_sets`; none for a page of the web. `shows_now` and `assets` as in the result.
    `read` gives the workspace's own files; `files` are those that the sections name. `asker` is
    for whom workers work.
    """

    request: RenderRequest
    deadline: float
    read: ReadFile = no_files
    asker: Asker = field(default_factory=Asker)
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    sections: list[str] = field(default_factory=list[str])
    shows_now: bool = True
    assets: tuple[AssetUse, ...] | None = None
    captured: list[Captured] = field(default_factory=list[Captured])
    look: Look | None = None
    warnings: list[Warn] = field(default_factory=list[Warn])
    timings: dict[str, float] = field(default_factory=dict[str, float])

    def left(self) -> float:
        """Seconds until the deadline, a hundredth at least."""
        return max(0.01, self.deadline - asyncio.get_running_loop().time())

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        """Count the body's milliseconds under the step's name, also if it fails."""
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = (time.perf_counter() - start) * 1000
            self.timings[name] = self.timings.get(name, 0.0) + spent

    def warn(self, code: str, message: str, **detail: object) -> None:
        """Note something that the caller should know."""
        self.warnings.append(Warn(code, message, detail))
