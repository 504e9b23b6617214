"""Links and outlines of a section, carried over into the whole. Runs in the jail's child only.

Sections name their places alike (`/top`), so names cannot be merged: each link is turned into the
page and the position that it means, counted from where the section starts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pikepdf

__all__ = ["Carried", "collect", "restore"]

MAX_ITEMS = 10_000
"""Links, and entries of an outline, of one section; a stranger's file may have no end of them."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A page's index in its section, and the view of it (`/XYZ 0 700 0`) as plain values."""

    page: int
    view: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of an outline with those under it."""

    title: str
    place: _Place | None
    children: "tuple[_Entry, ...]"


@dataclass(frozen=True, slots=True)
class Carried:
    """What a section loses when its pages are copied. Links: page, annotation, where to."""

    links: list[tuple[int, int, _Place]] = field(default_factory=list[tuple[int, int, _Place]])
    outline: tuple[_Entry, ...] = ()
    language: str = ""


class _Reader:
    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._pages = {page.obj.objgen: index for index, page in enumerate(pdf.pages)}
        self._names = dict(self._named())
        self._left = MAX_ITEMS

    def _named(self) -> Iterator[tuple[str, Any]]:
        root = self._pdf.Root
        old = root.get("/Dests")
        if isinstance(old, pikepdf.Dictionary):
            yield from ((str(name), old[name]) for name in list(old.keys())[:MAX_ITEMS])
        tree = root.get("/Names", {}).get("/Dests") if "/Names" in root else None
        if tree is not None:
            names = pikepdf.NameTree(tree)
            yield from ((str(name), value) for name, value in names.items())

    def place(self, target: Any) -> _Place | None:
        """The page that a destination or an action means; None for what leads elsewhere."""
        if isinstance(target, pikepdf.Name | pikepdf.String):
            target = self._names.get(str(target))
        if isinstance(target, pikepdf.Dictionary):
            target = target.get("/D")
        if not isinstance(target, pikepdf.Array) or len(target) == 0:
            return None
        first: Any = target[0]
        index = self._pages.get(first.objgen) if isinstance(first, pikepdf.Dictionary) else None
        rest: Sequence[Any] = list(target)[1:6]
        view = tuple(str(one) if isinstance(one, pikepdf.Name) else _number(one) for one in rest)
        return None if index is None else _Place(index, view)

    def links(self) -> Iterator[tuple[int, int, _Place]]:
        for index, page in enumerate(self._pdf.pages):
            notes: Any = page.obj.get("/Annots", ())
            for number, note in enumerate(list(notes)[:MAX_ITEMS]):
                target = note.get("/Dest", note.get("/A"))
                place = self.place(target) if target is not None else None
                if place is not None:
                    yield index, number, place

    def entries(self, items: Sequence[pikepdf.OutlineItem]) -> Iterator[_Entry]:
        for item in items:
            self._left -= 1
            if self._left < 0:
                return
            target = item.destination if item.destination is not None else item.action
            below = tuple(self.entries(item.children))
            yield _Entry(item.title[:500], self.place(target), below)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def collect(pdf: pikepdf.Pdf) -> Carried:
    """Read a section's links, outline and language before its pages are copied."""
    reader = _Reader(pdf)
    with pdf.open_outline() as outline:
        entries = tuple(reader.entries(outline.root))
    return Carried(list(reader.links()), entries, str(pdf.Root.get("/Lang", ""))[:40])


class _Writer:
    """Writes into the whole, whose pages are `kept` (indexes before any was cut out) in order."""

    def __init__(self, whole: pikepdf.Pdf, kept: Sequence[int]) -> None:
        self._whole = whole
        self._now = {before: index for index, before in enumerate(kept)}

    def target(self, start: int, place: _Place | None) -> pikepdf.Array | None:
        """An explicit destination; None when its page was cut out."""
        index = self._now.get(start + place.page) if place else None
        if place is None or index is None:
            return None
        view = [pikepdf.Name(one) if isinstance(one, str) else one for one in place.view]
        return pikepdf.Array([self._whole.pages[index].obj, *view])

    def link(self, start: int, page: int, number: int, place: _Place) -> None:
        """Point one annotation at its page in the whole, or nowhere."""
        index = self._now.get(start + page)
        if index is None:
            return
        note: Any = self._whole.pages[index].obj["/Annots"][number]
        for key in ("/A", "/Dest"):
            if key in note:
                del note[key]
        target = self.target(start, place)
        if target is not None:
            note["/Dest"] = target

    def items(self, start: int, entries: Sequence[_Entry]) -> Iterator[pikepdf.OutlineItem]:
        """The lines of an outline that still lead somewhere, or hold one that does."""
        for entry in entries:
            target, below = self.target(start, entry.place), list(self.items(start, entry.children))
            if target is not None or below:
                item = pikepdf.OutlineItem(entry.title, target)
                item.children.extend(below)
                yield item


def restore(whole: pikepdf.Pdf, parts: Sequence[tuple[int, Carried]], kept: Sequence[int]) -> None:
    """Put it all into the whole. Each part comes with the index that its first page had there;
    `kept` are those indexes of the pages that are still there.
    """
    writer = _Writer(whole, kept)
    for start, carried in parts:
        for page, number, place in carried.links:
            writer.link(start, page, number, place)
    items = [item for start, part in parts for item in writer.items(start, part.outline)]
    if items:
        with whole.open_outline() as outline:
            outline.root.extend(items)
    language = next((part.language for _, part in parts if part.language), "")
    if language:
        whole.Root["/Lang"] = pikepdf.String(language)
