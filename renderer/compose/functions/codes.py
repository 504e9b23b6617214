"""Machine-readable codes as inline SVG, so that they stay sharp in every size and engine."""

import re
from typing import Any

import segno
from markupsafe import Markup, escape
from segno.encoder import DataOverflowError

from renderer.compose.functions.code128 import bars
from renderer.compose.functions.kinds import text_of
from renderer.compose.functions.row import Function

__all__ = ["CODES"]

_COLOR = re.compile(
    r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{1,32}|(?:rgb|rgba|hsl|hsla|oklch)\([0-9a-z.,%/ ]+\)"
)
MAX_BARCODE = 80


def _color(value: Any) -> str:
    text = text_of(value)
    if not _COLOR.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a colour; write it as #1a2b3c, a name or rgb(...)")
    return text


def _svg(width: float, height: float, path: str, label: str, style: dict[str, Any]) -> Markup:
    """An SVG of width x height units with one path; `style` holds size, dark, light."""
    light = style["light"]
    ground = f'<rect width="100%" height="100%" fill="{_color(light)}"/>' if light else ""
    size = style["size"]
    sizes = f' width="{float(size):g}"' if size is not None else ""
    shape = "" if style["ratio"] else ' preserveAspectRatio="none"'
    return Markup(  # noqa: S704 - every part is a number, a judged colour or escaped here
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{style["kind"]}" role="img"'
        f' aria-label="{escape(label)}"{sizes}{style["extra"]} viewBox="0 0 {width:g} {height:g}"'
        f' shape-rendering="crispEdges"{shape}>{ground}'
        f'<path fill="{_color(style["dark"])}" d="{path}"/></svg>'
    )


def _qr_path(matrix: tuple[bytearray, ...], margin: int) -> str:
    """One run of dark modules is one rectangle: short, and without seams between modules."""
    runs: list[str] = []
    for y, row in enumerate(matrix):
        bits = "".join("1" if bit else "0" for bit in row)
        runs += [
            f"M{run.start() + margin} {y + margin}h{len(run[0])}v1h-{len(run[0])}z"
            for run in re.finditer("1+", bits)
        ]
    return "".join(runs)


def qr(
    value: Any,
    size: Any = None,
    error: str = "m",
    margin: int = 4,
    dark: str = "#000",
    light: str = "",
) -> Markup:
    """A QR code of `size` CSS pixels, else its box. `error` is l, m, q or h; `margin` modules."""
    text = text_of(value)
    if not text:
        return Markup()
    try:
        code = segno.make_qr(text, error=str(error).upper(), boost_error=True)
    except (DataOverflowError, ValueError) as problem:
        raise ValueError(f"qr cannot hold this: {problem}") from problem
    border = max(0, min(20, int(margin)))
    matrix = tuple(code.matrix)
    side = len(matrix) + 2 * border
    style = {"kind": "qr", "ratio": True, "dark": dark, "light": light, "size": size, "extra": ""}
    if size is not None:
        style["extra"] = f' height="{float(size):g}"'
    return _svg(side, side, _qr_path(matrix, border), f"QR code: {text[:200]}", style)


def barcode(
    value: Any,
    width: Any = None,
    height: Any = None,
    margin: int = 10,
    dark: str = "#000",
    light: str = "",
) -> Markup:
    """A Code 128 barcode of printable ASCII; `width` and `height` in CSS pixels, else its box."""
    text = text_of(value)
    if not text:
        return Markup()
    if len(text) > MAX_BARCODE:
        raise ValueError(f"barcode takes at most {MAX_BARCODE} characters; use qr for more")
    border = max(0, min(50, int(margin)))
    position, path = border, ""
    for index, run in enumerate(bars(text)):
        if index % 2 == 0:
            path += f"M{position} 0h{run}v1h-{run}z"
        position += run
    extra = f' height="{float(height):g}"' if height is not None else ""
    style = {"kind": "barcode", "ratio": False, "dark": dark, "light": light, "size": width}
    return _svg(position + border, 1, path, f"Barcode: {text}", {**style, "extra": extra})


CODES = (
    Function("qr", qr, "qr(text, size?, error = 'm', margin = 4, dark = '#000', light?)",
             "A QR code as inline SVG that fills its box or has `size` CSS pixels",
             "length(qr('HELLO')) > 500", "true"),
    Function("barcode", barcode,
             "barcode(text, width?, height?, margin = 10, dark = '#000', light?)",
             "A Code 128 barcode as inline SVG", "length(barcode('PL-2026')) > 500", "true"),
)  # fmt: skip
