"""What comes back from the life of one render."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.artifacts import Artifact
from renderer.request import RenderResult, Warn

__all__ = ["Rendered"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished render. `artifact` and `url` are None when nothing was kept (`store` False).

    `cached`: it was drawn for an earlier request; then `result.data` is empty unless the command
    wanted the bytes.
    `warnings` are those of the variables and of the page together. `timings`: step ->
    milliseconds, by the names of the life of a render.
    """

    id: str
    created_us: int
    result: RenderResult
    artifact: Artifact | None = None
    url: str | None = None
    template_uid: str | None = None
    version: int | None = None
    layout: str | None = None
    layout_name: str = ""
    layout_fallback: bool = False
    warnings: tuple[Warn, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict[str, float])
    cached: bool = False

    @property
    def size(self) -> int:
        """Bytes of the artifact."""
        return self.artifact.size if self.artifact else len(self.result.data)
