"""Code 128 (ISO/IEC 15417): texts as widths of bars and spaces."""

import re

__all__ = ["bars"]

_WIDTHS = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 "
    "122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 "
    "321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 "
    "211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 "
    "213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 "
    "121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 "
    "241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 "
    "412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 "
    "211214 211232"
).split()
"""The widths of symbol characters 0 to 105; each is three bars and three spaces, 11 modules."""

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
    symbols = "".join(_WIDTHS[value] for value in (*values, check)) + _STOP
    return [int(width) for width in symbols]
