"""How a page is looked at: everything that the protocol can change between two documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Clip", "View"]

_Command = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Clip:
    """A part of the page in CSS pixels, from the document's corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class View:
    """A viewport in CSS pixels. What is drawn is `clip`, or the viewport, times the scale."""

    width: int
    height: int
    scale: float = 1.0
    clip: Clip | None = None
    transparent: bool = False
    color_scheme: Literal["light", "dark"] = "light"
    media: Literal["screen", "print"] = "screen"

    def commands(self, before: "View | None") -> list[_Command]:
        """What to send to a page that was looked at as `before` says."""
        return [*self._metrics(before), *self._background(before), *self._preferences(before)]

    def _metrics(self, before: "View | None") -> Iterator[_Command]:
        mine = (self.width, self.height, self.scale, self.clip)
        if before and mine == (before.width, before.height, before.scale, before.clip):
            return
        clip = self.clip or Clip(0, 0, self.width, self.height)
        # The screenshot of a frame is as large as this inner viewport in device pixels.
        viewport = {"x": clip.x, "y": clip.y, "width": clip.width, "height": clip.height}
        yield (
            "Emulation.setDeviceMetricsOverride",
            {
                "width": self.width,
                "height": self.height,
                "screenWidth": self.width,
                "screenHeight": self.height,
                "deviceScaleFactor": self.scale,
                "mobile": False,
                "viewport": viewport | {"scale": 1},
            },
        )

    def _background(self, before: "View | None") -> Iterator[_Command]:
        if self.transparent != (before.transparent if before else False):
            alpha = 0 if self.transparent else 255
            white = {"r": 255, "g": 255, "b": 255, "a": alpha}
            yield ("Emulation.setDefaultBackgroundColorOverride", {"color": white})

    def _preferences(self, before: "View | None") -> Iterator[_Command]:
        mine = (self.color_scheme, self.media)
        if before and mine == (before.color_scheme, before.media):
            return
        features = [{"name": "prefers-color-scheme", "value": self.color_scheme}]
        yield ("Emulation.setEmulatedMedia", {"media": self.media, "features": features})
