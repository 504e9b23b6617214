"""The strip of black and white cells that spells a render's number into its picture."""

import io

from PIL import Image

from bench.cases.case import WrongOutputError

__all__ = ["CELL", "STRIP", "check_strip", "picture_difference", "spelled"]

CELL = 8
_BITS = 20

STRIP = (
    "{% for bit in bits %}<s style='position:absolute;display:block;top:0;"
    f"left:{{{{ loop.index0 * {CELL} }}}}px;width:{CELL}px;height:{CELL}px;"
    "background:{{ '#000' if bit else '#fff' }}'></s>{% endfor %}</body>"
)
"""What takes the place of `</body>` in a template that is given `bits`."""


def spelled(number: int) -> list[int]:
    """The number's bits, the lowest first."""
    return [number >> place & 1 for place in range(_BITS)]


def check_strip(data: bytes, number: int, size: tuple[int, int]) -> None:
    """Raise WrongOutputError unless the picture has this size and spells this number."""
    picture = Image.open(io.BytesIO(data)).convert("L")
    if picture.size != size:
        raise WrongOutputError(f"a picture of {picture.size} px instead of {size}")
    middle = CELL // 2
    cells = [picture.getpixel((place * CELL + middle, middle)) for place in range(_BITS)]
    if [int(cell < 128) for cell in cells if isinstance(cell, int)] != spelled(number):
        raise WrongOutputError(f"not the picture of render {number}")


def picture_difference(one: bytes, other: bytes) -> float:
    """Mean difference of two pictures, 0 to 255, seen from far enough not to see antialiasing."""
    small = [
        Image.open(io.BytesIO(data)).convert("RGB").resize((120, 63), Image.Resampling.BOX)
        for data in (one, other)
    ]
    first, second = (picture.tobytes() for picture in small)
    return sum(abs(a - b) for a, b in zip(first, second, strict=True)) / len(first)
