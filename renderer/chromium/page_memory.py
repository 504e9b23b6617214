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
_SCHEMES = ("http:", "https:")
_MOST_KNOWN = 1000
"""More than Chromium itself remembers of what no document shows any more."""
MOST_USED = 100
"""With more assets than these to be looked at again, drawing anew is the better way."""


class PageMemory:
    """Everything that one page was given in its life, and what of it a document can show.

    An asset whose address stands in a document's text is shown only by documents that name it.
    Any other was named by a stylesheet or a picture, and every document may show it.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[AssetUse, bool]] = OrderedDict()
        self._asked: set[str] = set()
        self._named: set[str] = set()
        self._relative = False

    def begin(self, texts: Sequence[str]) -> None:
        """From now on the page shows these documents."""
        self._asked.clear()
        self._named.clear()
        self._relative = any("<base" in text.lower() for text in texts)
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
        self._known[use.url] = (use, use.url in self._named)
        self._known.move_to_end(use.url)
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)

    def used(self) -> tuple[AssetUse, ...] | None:
        """What these documents may show; None when that is too much to look at."""
        used = tuple(use for use, named in self._known.values() if self._shows(use.url, named))
        return used if len(used) <= MOST_USED else None

    def _shows(self, url: str, named: bool) -> bool:
        return not named or self._relative or url in self._asked or url in self._named
