"""Code 128 (ISO/IEC 15417): texts as widths of bars and spaces."""

import re

__all__ = ["bars"]

_WIDTHS = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231"
    "113222123122123221223211221132221231213212223112312131311222321122321221312212322112322211"
    "212123212321232121111323131123131321112313132113132311211313231113231311112133112331132131"
    "113123113321133121313121211331231131213113213311213131311123311321331121312113312311332111"
    "314111221411431111111224111422121124121421141122141221112214112412122114122411142112142211"
    "241211221114413111241112134111111242121142121241114212124112124211411212421112421211212141"
    "214121412121111143111341131141114113114311411113411311113141114131311141411131211412211214"
    "211232"
)
"""The widths of symbol characters 0 to 105, six digits each: three bars and three spaces."""

_STOP = "2331112"
_START_B, _START_C, _TO_B, _TO_C = 104, 105, 100, 99
_DIGITS = re.compile(r"\d+")


def _values(text: str) -> list[int]:
    """The symbol values with the shortest usual switching: code C for long runs of digits."""
    runs = [m.span() for m in _DIGITS.finditer(text)]
    values: list[int] = []
    position, code = 0, ""
    for start, end in [*runs, (len(text), len(text))]:
        whole = start == 0 and end == len(text)
        least = 2 if whole else 4 if start == 0 or end == len(text) else 6
        if end - start < least and start < len(text):
            continue
        odd = (end - start) % 2
        letters = text[position : start + odd]
        if letters:
            values += [{"": _START_B, "C": _TO_B}[code]] if code != "B" else []
            values += [ord(letter) - 32 for letter in letters]
            code = "B"
        if end > start:
            values += [_START_C if code == "" else _TO_C]
            values += [int(text[i : i + 2]) for i in range(start + odd, end, 2)]
            code = "C"
        position = end
    return values


def bars(text: str) -> list[int]:
    """Widths in modules of bar, space, bar, ... with check and stop characters.

    Raises ValueError for characters outside printable ASCII.
    """
    if not all(32 <= ord(letter) <= 126 for letter in text):
        raise ValueError("barcode takes letters, digits and signs of ASCII alone; use qr for more")
    values = _values(text)
    check = (values[0] + sum(i * value for i, value in enumerate(values[1:], 1))) % 103
    symbols = "".join(_WIDTHS[6 * value : 6 * value + 6] for value in (*values, check)) + _STOP
    return [int(width) for width in symbols]
