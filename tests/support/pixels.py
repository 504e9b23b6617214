"""Small pictures written as letters, so that a picture test can be read in review."""

import io

from PIL import Image

LETTERS = {
    "_": (255, 255, 255, 255),
    "K": (0, 0, 0, 255),
    "R": (255, 0, 0, 255),
    "G": (0, 255, 0, 255),
    "B": (0, 0, 255, 255),
    "Y": (255, 255, 0, 255),
    ".": (0, 0, 0, 0),
}


def letters_of(picture: bytes, tolerance: int = 0) -> str:
    """The picture as lines of letters; a colour without a letter (within `tolerance` per
    channel) is `?`. A fully transparent pixel is `.` whatever its colour."""
    image = Image.open(io.BytesIO(picture)).convert("RGBA")
    width, height = image.size
    return "\n".join(
        "".join(_letter(image.getpixel((x, y)), tolerance) for x in range(width))  # type: ignore[arg-type]
        for y in range(height)
    )


def drawn(text: str) -> str:
    """Expected letters without the indentation of the test that writes them."""
    return "\n".join(line.strip() for line in text.strip().splitlines())


def _letter(pixel: tuple[int, int, int, int], tolerance: int) -> str:
    if pixel[3] == 0:
        return "."
    for letter, colour in LETTERS.items():
        if all(abs(a - b) <= tolerance for a, b in zip(pixel, colour, strict=True)):
            return letter
    return "?"
