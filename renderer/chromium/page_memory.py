"""The assets that a warm page may show: those it asked for, and those it still remembers.

Chromium keeps images, fonts and stylesheets in memory and does not ask for them again, so what a
document shows is more than what it asked for.
"""

import html
import re
from collections import OrderedDict
from collections.abc import Sequence

from renderer.request import AssetUse

__all__ = ["MOST_USED", "PageMemory"]

_ADDRESS = re.compile(r"//[^\s\"'<>()\\]+")
_WORD = re.compile(r"[a-z0-9]+")
_ENCODED = re.compile(r"%[0-9a-f]{2}")
_NUMBERED = re.compile(r"\\([0-9a-f]{1,6})\s?")
"""A character as its number, in CSS."""
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
        self._known: OrderedDict[str, tuple[AssetUse, bool]] = OrderedDict()
        self._asked: set[str] = set()
        self._named: set[str] = set()
        self._texts: Sequence[str] = ()

    def begin(self, texts: Sequence[str]) -> None:
        """From now on the page shows these documents."""
        self._asked.clear()
        self._named.clear()
        self._texts = texts
        for text in texts:
            self._read(text)

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
        _, named = self._known.get(use.url, (use, True))
        self._known[use.url] = (use, named and use.url in self._named)
        self._known.move_to_end(use.url)
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)

    def used(self) -> tuple[AssetUse, ...] | None:
        """What these documents may show; None when that is too much to look at."""
        if not self._known:
            return ()
        text = _plain("\n".join(self._texts))
        everything = "<base" in text  # relative addresses
        used = tuple(
            use
            for use, named in self._known.values()
            if everything or not named or use.url in self._asked or _spells(text, use.url)
        )
        return used if len(used) <= MOST_USED else None


def _plain(text: str) -> str:
    """In small letters, and none of them as a number."""
    lowered = html.unescape(text).lower()
    return _NUMBERED.sub(lambda found: chr(int(found[1], 16) % 0x110000).lower(), lowered)


def _spells(text: str, url: str) -> bool:
    """Whether the text holds every word of the address behind its host."""
    path = url.partition("//")[2].partition("/")[2].lower()
    return all(word in text for word in _WORD.findall(_ENCODED.sub(" ", path)))
