"""What the properties of Fabric's objects hold, as far as filling and judging has to know."""

from collections.abc import Iterable, Mapping

from renderer.compose.analysis import VariableType

__all__ = [
    "CANVAS",
    "FLAGS",
    "GUESSES",
    "NUMBERS",
    "OBJECTS",
    "PICTURES",
    "TEXTS",
    "TYPES",
]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


CANVAS = _names(
    "version objects background backgroundImage backgroundVpt overlay overlayImage overlayVpt "
    "clipPath imageSmoothingEnabled"
)
"""Members of a canvas that are drawn; all others (its size, a designer's zoom) are left out."""

TYPES = _names(
    "rect circle ellipse line triangle polyline polygon path group activeselection image text "
    "i-text itext textbox"
)
"""Types of objects, in small letters: Fabric 5 writes `i-text` and Fabric 6 and 7 `IText`."""

OBJECTS = frozenset({"clipPath", "backgroundImage", "overlayImage"})
"""Members that hold an object, beside the list `objects`."""

PICTURES = frozenset({"src", "source"})
"""Members that name a picture: an image's, and a pattern's."""

NUMBERS = _names(
    "left top width height angle opacity scaleX scaleY skewX skewY rx ry radius startAngle "
    "endAngle strokeWidth strokeDashOffset strokeMiterLimit fontSize lineHeight charSpacing "
    "cropX cropY x1 y1 x2 y2 r1 r2 x y blur offsetX offsetY offset padding pathStartOffset "
    "minWidth deltaY"
)
FLAGS = _names(
    "visible flipX flipY underline overline linethrough strokeUniform inverted absolutePositioned "
    "splitByGrapheme imageSmoothing"
)
TEXTS = frozenset({"text", "fontFamily", *PICTURES})

_COLORS = ("fill", "stroke", "background", "color", "backgroundColor")
_KINDS: tuple[tuple[Iterable[str], VariableType], ...] = (
    (_COLORS, "color"),
    (PICTURES, "image"),
    (NUMBERS, "number"),
    (FLAGS, "boolean"),
)
GUESSES: Mapping[str, VariableType] = {name: kind for names, kind in _KINDS for name in names}
"""What a variable seems to be that alone makes up such a property."""
