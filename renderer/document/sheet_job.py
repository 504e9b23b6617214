"""Thumbnails of many pictures on one sheet, drawn in the jail's child."""

from io import BytesIO

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

from renderer.document.images import FORMATS, restrict
from renderer.jail_child.call import Answer, Call

__all__ = ["sheet"]

restrict()

_MARGIN = 12
_LABEL = 22
_PAPER, _FRAME, _INK = (255, 255, 255), (236, 238, 241), (60, 66, 74)


def sheet(call: Call) -> Answer:
    """The pictures of the attachments in rows of `columns` cells of `cell` px, with `labels`.

    A picture that cannot be read leaves its cell empty.
    """
    cell, columns = int(call.payload["cell"]), int(call.payload["columns"])
    count = len(call.attachments)
    lines = -(-count // columns)
    width = _MARGIN + min(count, columns) * (cell + _MARGIN)
    height = _MARGIN + lines * (cell + _LABEL + _MARGIN)
    whole = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(whole)
    font = ImageFont.load_default(13)
    for number, (data, label) in enumerate(
        zip(call.attachments, call.payload["labels"], strict=True)
    ):
        left = _MARGIN + number % columns * (cell + _MARGIN)
        top = _MARGIN + number // columns * (cell + _LABEL + _MARGIN)
        draw.rectangle((left, top, left + cell - 1, top + cell - 1), fill=_FRAME)
        _place(whole, data, left, top, cell)
        draw.text((left + cell // 2, top + cell + 4), str(label), _INK, font, anchor="ma")
    out = BytesIO()
    whole.save(out, "PNG")
    return {"width": width, "height": height}, [out.getvalue()]


def _place(whole: Image.Image, data: bytes, left: int, top: int, cell: int) -> None:
    try:
        picture = Image.open(BytesIO(data), formats=FORMATS)
        picture.draft("RGB", (cell, cell))
        small = picture.convert("RGBA")
        small.thumbnail((cell, cell))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        return
    at = (left + (cell - small.width) // 2, top + (cell - small.height) // 2)
    whole.paste(small, at, small)
