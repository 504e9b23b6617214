"""Which characters no installed font has: a quick sieve before a page is asked to draw them."""

import asyncio
import os
import subprocess
import unicodedata
from bisect import bisect_right
from pathlib import Path

__all__ = ["Coverage"]

_PATIENCE_S = 20
_UNSEEN = {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"}
"""Categories of characters that need no glyph of their own: controls, spaces, marks."""


class Coverage:
    """The union of what the fonts of one fontconfig file cover, as ranges of code points."""

    def __init__(self, fontconfig: Path) -> None:
        self._fontconfig = fontconfig
        self._reading: asyncio.Task[None] | None = None
        self._starts: list[int] = []
        self._ends: list[int] = []

    async def lacking(self, text: str) -> str:
        """The characters of `text` that no font has; none where fontconfig's `fc-list` is not."""
        if self._reading is None:
            self._reading = asyncio.create_task(asyncio.to_thread(self._read))
        await asyncio.shield(self._reading)
        if not self._starts:
            return ""
        return "".join(one for one in text if not self._covers(one) and _is_seen(one))

    def _covers(self, character: str) -> bool:
        point = ord(character)
        place = bisect_right(self._starts, point) - 1
        return place >= 0 and point <= self._ends[place]

    def _read(self) -> None:
        environment = {**os.environ, "FONTCONFIG_FILE": str(self._fontconfig)}
        try:
            listed = subprocess.run(
                ["fc-list", "--format", "%{charset}\n"],
                env=environment,
                capture_output=True,
                text=True,
                timeout=_PATIENCE_S,
                check=True,
            ).stdout
        except (OSError, subprocess.SubprocessError):
            return
        for start, end in sorted({_span(one) for one in listed.split()}):
            if self._ends and start <= self._ends[-1] + 1:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)


def _span(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first, 16), int(last or first, 16)


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN
