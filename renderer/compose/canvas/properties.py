"""What the properties of Fabric's objects hold, as far as filling and judging has to know."""

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

CANVAS = frozenset(
    "version objects background backgroundImage backgroundVpt overlay overlayImage overlayVpt "
    "clipPath imageSmoothingEnabled".split()
)
"""Members of a canvas that are drawn; all others (its size, a designer's zoom) are left out."""

TYPES = frozenset(
    "rect circle ellipse line triangle polyline polygon path group activeselection image text "
    "i-text itext textbox".split()
)
"""Types of objects, in small letters: Fabric 5 writes `i-text` and Fabric 6 and 7 `IText`."""

OBJECTS = frozenset({"clipPath", "backgroundImage", "overlayImage"})
"""Members that hold an object, beside the list `objects`."""

PICTURES = frozenset({"src", "source"})
"""Members that name a picture: an image's, and a pattern's."""

NUMBERS = frozenset(
    "left top width height angle opacity scaleX scaleY skewX skewY rx ry radius startAngle "
    "endAngle strokeWidth strokeDashOffset strokeMiterLimit fontSize lineHeight charSpacing "
    "cropX cropY x1 y1 x2 y2 r1 r2 x y blur offsetX offsetY offset padding pathStartOffset "
    "minWidth deltaY".split()
)
FLAGS = frozenset(
    "visible flipX flipY underline overline linethrough strokeUniform inverted absolutePositioned "
    "splitByGrapheme imageSmoothing".split()
)
TEXTS = frozenset({"text", "fontFamily", *PICTURES})

GUESSES: dict[str, VariableType] = (
    dict.fromkeys(("fill", "stroke", "background", "color", "backgroundColor"), "color")
    | dict.fromkeys(PICTURES, "image")
    | dict.fromkeys(NUMBERS, "number")
    | dict.fromkeys(FLAGS, "boolean")
)
"""What a variable seems to be that alone makes up such a property."""
