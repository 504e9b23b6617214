"""The one context object of a render: what each step leaves for the next."""

import time
from collections.abc import Generator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field

from core.artifacts import Artifact
from jobs.render.checked_data import CheckedData
from jobs.render.command import RenderCommand
from jobs.render.composition import Composition
from jobs.render.flights import Flight
from jobs.render.rendered import Rendered
from jobs.render.stored import KeptFiles
from renderer.request import RenderRequest, RenderResult
from templates_store.templates import Resolved

__all__ = ["RenderLife"]


@dataclass(slots=True)
class RenderLife:
    """One render on its way. Fields below the line are filled by the step that is named."""

    command: RenderCommand
    id: str
    accepted_us: int
    deadline: float  # seconds on the event loop's clock; inf: its time counts from its turn
    composition: Composition | None = None  # what it shares with the other renders of its call
    turn: AbstractAsyncContextManager[object] = field(
        default_factory=nullcontext[None]
    )  # held while it is drawn
    timings: dict[str, float] = field(default_factory=dict[str, float])  # step -> ms
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)  # what has to be left at its end
    # ---
    resolved: Resolved | None = None  # resolve
    kept: KeptFiles = field(default_factory=KeptFiles)  # resolve
    data: CheckedData = field(default_factory=lambda: CheckedData({}))  # validate
    request: RenderRequest | None = None  # admit
    key: str = ""  # recall
    cached: bool = False  # recall
    flight: Flight | None = None  # draw
    result: RenderResult | None = None  # draw, or recall
    original: Artifact | None = None  # recall: whose bytes are shared
    artifact: Artifact | None = None  # store
    url: str | None = None  # store

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        """Take the time of one step, also of one that fails."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.timings[name] = (time.perf_counter() - began) * 1000

    @property
    def moment_key(self) -> str:
        """The key with the moment that the caller gave, if any."""
        return self.key if self.command.now_us is None else f"{self.key} {self.command.now_us}"

    @property
    def kept_artifact(self) -> Artifact:
        """Its artifact, once it has one."""
        assert self.artifact is not None
        return self.artifact

    def keep_bytes(self) -> None:
        """A row names them now: they are not taken back when the drawing is left."""
        if self.flight is not None:
            self.flight.kept = True

    def rendered(self) -> Rendered:
        """The answer, once a result is there."""
        assert self.result is not None
        resolved = self.resolved
        return Rendered(
            id=self.id,
            created_us=self.accepted_us,
            result=self.result,
            artifact=self.artifact,
            url=self.url,
            template_uid=resolved.uid if resolved else None,
            version=resolved.version if resolved else None,
            layout=resolved.layout if resolved else None,
            layout_name=(resolved.layout_name or resolved.name) if resolved else "",
            layout_fallback=resolved.layout_fallback if resolved else False,
            warnings=self.data.warnings + self.result.warnings,
            timings=self._all_timings(self.result),
            cached=self.cached,
        )

    def _all_timings(self, result: RenderResult) -> dict[str, float]:
        """Every step in its order; `draw` is told by the renderer's own steps."""
        told: dict[str, float] = {}
        for name, milliseconds in self.timings.items():
            told |= result.timings if name == "draw" else {name: milliseconds}
        return told
