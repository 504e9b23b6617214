"""A number drawn as a strip of black and white cells, so that every picture tells whose it is."""

import io

from PIL import Image

__all__ = ["BITS", "CELL", "WrongAnswerError", "check_picture", "strip_html", "strip_script"]

BITS = 20
CELL = 8
_BLACK = "width:8px;height:8px;background:#000"
_WHITE = "width:8px;height:8px;background:#fff"


class WrongAnswerError(Exception):
    """The service answered with something else than it promises for this request."""


def _spelled(number: int) -> list[int]:
    return [number >> place & 1 for place in range(BITS)]


def strip_html(number: int) -> str:
    """Markup of BITS x 1 cells of CELL px in the page's upper left corner."""
    cells = "".join(f"<s style='{_BLACK if bit else _WHITE}'></s>" for bit in _spelled(number))
    return f"<div style='position:fixed;left:0;top:0;display:flex'>{cells}</div>"


def strip_script(number: int) -> str:
    """The same, drawn by a script when the page has been loaded."""
    return (
        "<div id=strip style='position:fixed;left:0;top:0;display:flex'></div><script>"
        f"addEventListener('load', () => {{ for (let i = 0; i < {BITS}; i++) {{"
        f"const s = document.createElement('s'); s.style.cssText = {number} >> i & 1 ?"
        f"'{_BLACK}' : '{_WHITE}'; strip.append(s); }} }})</script>"
    )


def check_picture(data: bytes, number: int, size: tuple[int, int], frames: int = 1) -> None:
    """Raise WrongAnswerError unless the picture has this size (px), frames and number."""
    image = Image.open(io.BytesIO(data))
    if image.size != size or getattr(image, "n_frames", 1) != frames:
        raise WrongAnswerError(f"{image.size} px, {getattr(image, 'n_frames', 1)} frames")
    middle = CELL // 2
    row = image.convert("L").crop((0, middle, BITS * CELL, middle + 1)).tobytes()
    if [int(row[place * CELL + middle] < 128) for place in range(BITS)] != _spelled(number):
        raise WrongAnswerError(f"not the picture of render {number}")
