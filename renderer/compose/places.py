"""Where in a source something stands: line and column in one whole number.

Jinja's tokens, nodes, errors and debug table carry a line number and nothing else. Our lexer
hands it `line << 20 | column` instead, so that every error knows its column too.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from jinja2 import TemplateSyntaxError

__all__ = ["Ruler", "mark", "pack_place", "unpack_place"]

_BITS = 20
_MASK = (1 << _BITS) - 1

Lexeme = tuple[int, str, str]


def pack_place(line: int, column: int) -> int:
    """Both from 1; a column beyond a million counts as that."""
    return line << _BITS | min(column, _MASK)


def unpack_place(place: int) -> tuple[int, int]:
    """Line and column, both from 1."""
    return place >> _BITS, place & _MASK


class Ruler:
    """Offsets in a text to places."""

    def __init__(self, source: str) -> None:
        self._starts = [0]
        self._starts += [found.end() for found in re.finditer("\n", source)]

    def place(self, offset: int) -> int:
        """The place of the character at `offset`."""
        line = bisect_right(self._starts, offset)
        return pack_place(line, offset - self._starts[line - 1] + 1)


def mark(lexemes: Iterator[Lexeme], source: str) -> Iterator[Lexeme]:
    """The lexer's stream with places for line numbers.

    Each piece is looked for from where the one before it ended: white space that the lexer has
    taken away is stepped over by that.
    """
    ruler, position = Ruler(source), 0
    try:
        for _, kind, text in lexemes:
            found = source.find(text, position)
            start = found if found >= 0 else position
            position = start + len(text)
            yield ruler.place(start), kind, text
    except TemplateSyntaxError as error:
        while position < len(source) and source[position].isspace():
            position += 1
        error.lineno = ruler.place(min(position, max(0, len(source) - 1)))
        raise
