"""From the date patterns of many houses to Unicode's (UTS 35), which Babel reads.

A pattern shows whose it is: `%` is C's; letters that stand alone and make a date for PHP only are
PHP's; what moment.js writes differently from Unicode, it writes in letters of its own.
"""

import re
from functools import lru_cache

__all__ = ["pattern_of"]

_STRFTIME = {
    "Y": "yyyy", "y": "yy", "m": "MM", "d": "dd", "e": "d", "B": "MMMM", "b": "MMM", "h": "MMM",
    "A": "EEEE", "a": "EEE", "H": "HH", "k": "H", "I": "hh", "l": "h", "M": "mm", "S": "ss",
    "p": "a", "P": "a", "j": "DDD", "Z": "z", "z": "xx", "V": "ww", "G": "YYYY", "%": "%",
    "F": "yyyy-MM-dd", "D": "MM/dd/yy", "T": "HH:mm:ss", "R": "HH:mm", "n": " ", "t": " ",
    "-d": "d", "-m": "M", "-H": "H", "-I": "h", "-M": "m", "-S": "s", "-j": "D",
}  # fmt: skip
"""C's letters."""

_MOMENT = {
    "YYYY": "yyyy", "YY": "yy", "DD": "dd", "D": "d", "dddd": "EEEE", "ddd": "EEE", "A": "a",
    "Do": "d", "ZZ": "xx", "Z": "xxx", "X": "", "SSS": "SSS",
}  # fmt: skip
"""The letters of moment.js and its kin that differ from Unicode's."""

_PHP = {
    "d": "dd", "j": "d", "D": "EEE", "l": "EEEE", "S": "", "W": "ww", "o": "YYYY", "F": "MMMM",
    "M": "MMM", "m": "MM", "n": "M", "Y": "yyyy", "y": "yy", "a": "a", "A": "a", "g": "h", "G": "H",
    "h": "hh", "H": "HH", "i": "mm", "s": "ss", "v": "SSS", "e": "VV", "T": "z", "P": "xxx",
    "O": "xx", "c": "yyyy-MM-dd'T'HH:mm:ssxxx", "r": "EEE, dd MMM yyyy HH:mm:ss xx",
}  # fmt: skip
"""PHP's. `S`, the ending of 1st, 2nd, 3rd, is English alone and left out."""

_LETTERS = re.compile(
    r"\[([^\]]*)\]|('(?:[^']|'')*')|(Do|YYYY|YY|DD|D|dddd|ddd|A|ZZ|Z)(?![A-SU-Za-z])|([A-Za-z])\4*"
)
_PERCENT = re.compile(r"%(-?[A-Za-z%])|([A-Za-z]+)")
_SINGLE = re.compile(r"((?:\\.)+)|([A-Za-z])")
_UNICODE = frozenset("GyYuQqMLwWdDFgEecabBhHkKmsSAzZOvVXx")
_TWICE = re.compile(r"([A-Za-z])\1")
_ADVICE = (
    "write it as 'd MMMM yyyy' (Unicode), 'DD/MM/YYYY' (moment.js), '%d.%m.%Y' (strftime) or "
    "'j F Y' (PHP), with words in quotes: \"d 'of' MMMM\""
)


@lru_cache(maxsize=256)
def pattern_of(text: str) -> str:
    """A date pattern as Unicode writes it, from Unicode's own, moment.js's, C's or PHP's letters.

    Raises ValueError, which names the letters that mean nothing.
    """
    if "%" in text:
        return _PERCENT.sub(_from_strftime, text)
    if _is_php(text):
        return _SINGLE.sub(_from_php, text)
    return _LETTERS.sub(_from_moment, text)


def _is_php(text: str) -> bool:
    """Whether PHP alone gives the pattern a meaning.

    PHP writes each letter once and quotes with a backslash. `F`, `j`, `l`, `n`, `i` and `g` mean
    nothing, or nothing that is ever shown, to the others; nor do days beside minutes, or a
    week's year.
    """
    if any(mark in text for mark in "'[") or _TWICE.search(text):
        return False
    letters = {letter for _, letter in _SINGLE.findall(text) if letter}
    if "Do" in text or not letters <= _PHP.keys():
        return False
    day = "d" in letters and ("Y" in letters or ("m" in letters and not letters & set("hHkK")))
    return "\\" in text or bool(letters & set("Fjlnig")) or day or {"m", "Y"} <= letters


def _from_php(match: re.Match[str]) -> str:
    literal, letter = match.groups()
    return _PHP[letter] if letter else _quoted(literal[1::2])


def _from_moment(match: re.Match[str]) -> str:
    literal, quoted, letters, letter = match.groups()
    if literal is not None:
        return _quoted(literal)
    if letter == "T":  # of 2026-11-22T18:05, which moment.js shows as it is
        return _quoted(match[0])
    if letter and letter not in _UNICODE:
        raise _unknown(match[0], match.string)
    return quoted or _MOMENT.get(letters or "", match[0])


def _from_strftime(match: re.Match[str]) -> str:
    letter, words = match.groups()
    if words:
        return _quoted(words)
    if letter not in _STRFTIME:
        raise _unknown(f"%{letter}", match.string)
    return _STRFTIME[letter]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'" if text else ""


def _unknown(letters: str, pattern: str) -> ValueError:
    return ValueError(f"{letters!r} in the date pattern {pattern[:40]!r} means nothing: {_ADVICE}")
