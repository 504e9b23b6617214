"""The assets that a warm page may show: those it asked for, and those it still remembers.

Chromium keeps images, fonts and stylesheets in memory and does not ask for them again, so what a
document shows is more than what it asked for.
"""

import html
import re
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from renderer.request import AssetUse

__all__ = ["MOST_USED", "PageMemory"]

_ADDRESS = re.compile(r"//[^\s\"'<>()\\]+")
_WORD = re.compile(r"[a-z0-9]+")
_ENCODED = re.compile(r"%[0-9a-f]{2}")
_NUMBERED = re.compile(r"\\([0-9a-f]{1,6})\s?")
"""A character as its number, in CSS."""
_LONGEST = 250_000
"""Characters; in longer texts words are not looked for: whatever is known may be shown."""
_SCHEMES = ("http:", "https:")
_MOST_KNOWN = 1000
"""More than Chromium itself remembers of what no document shows any more."""
MOST_USED = 100
"""With more assets than these to be looked at again, drawing anew is the better way."""


class PageMemory:
    """Everything that one page was given in its life, and what of it a document can show.

    An asset whose address stands in a document's text is shown only by documents whose text holds
    the words of that address, however they spell it. Any other was named by a stylesheet or a
    picture, and every document may show it.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asked: set[str] = set()
        self._named: set[str] = set()
        self._words: set[str] | None = None

    def begin(self, texts: Sequence[str]) -> None:
        """From now on the page shows these documents."""
        self._asked.clear()
        self._named.clear()
        for text in texts:
            self._read(text)
        # What is not known yet will be asked for.
        self._words = _words_in(texts) if self._known else None

    def _read(self, text: str) -> None:
        for found in _ADDRESS.finditer(text):
            start = found.start()
            before = text[max(0, start - 6) : start]
            scheme = next((one for one in _SCHEMES if before.endswith(one)), "http:")
            # As HTML means it, and as a canvas does.
            for address in {html.unescape(found[0]), found[0]}:
                self._named.add(scheme + address)

    def note(self, use: AssetUse) -> None:
        """An asset that the page was given."""
        self._asked.add(use.url)
        before = self._known.pop(use.url, None)
        named = use.url in self._named and (before is None or before.words is not None)
        self._known[use.url] = _Known(use, _words_of(use.url) if named else None)
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)

    def used(self) -> tuple[AssetUse, ...] | None:
        """What these documents may show; None when that is too much to look at."""
        used = tuple(one.use for url, one in self._known.items() if self._shows(url, one))
        return used if len(used) <= MOST_USED else None

    def _shows(self, url: str, one: "_Known") -> bool:
        if one.words is None or self._words is None:
            return True
        return url in self._asked or url in self._named or one.words <= self._words


class _Known(NamedTuple):
    """`words`: those of an address that documents name; None if something else has named it."""

    use: AssetUse
    words: frozenset[str] | None


def _words_of(url: str) -> frozenset[str]:
    """The words of an address behind its host."""
    return frozenset(_words(url.partition("//")[2].partition("/")[2].lower()))


def _words_in(texts: Sequence[str]) -> set[str] | None:
    """All words of the texts as they stand, and as HTML and CSS read them; None for any."""
    if sum(len(text) for text in texts) > _LONGEST:
        return None
    raw = "\n".join(texts).lower()
    if "<base" in raw:  # addresses may be relative
        return None
    read = html.unescape(raw).lower()
    read = _NUMBERED.sub(lambda found: chr(int(found[1], 16) % 0x110000).lower(), read)
    return {*_words(raw), *_words(read)}


def _words(text: str) -> list[str]:
    return _WORD.findall(_ENCODED.sub(" ", text))
