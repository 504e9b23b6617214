"""`1-3, 5, 8-`: which pages of a document are wanted."""

import re

__all__ = ["parse_page_ranges"]

_PART = re.compile(r"(\d{1,6})?\s*(-)?\s*(\d{1,6})?")


def parse_page_ranges(text: str, total: int) -> list[int]:
    """The indexes from 0 of the pages that `text` names, each once, in the order of the document.

    Empty: all. What lies behind the last page is left out. Raises ValueError for text that is no
    range and for ranges that name no page.
    """
    if not text.strip():
        return list(range(total))
    wanted: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part.strip())
        if match is None or not (match[1] or match[3]):
            raise ValueError(f"{part.strip()[:40]!r} is no range of pages; write 1-3, 5, 8-")
        start = int(match[1] or 1)
        end = (int(match[3]) if match[3] else total) if match[2] else start
        wanted.update(range(max(0, start - 1), min(end, total)))
    if not wanted:
        raise ValueError(f"{text[:40]!r} names none of the {total} pages")
    return sorted(wanted)
