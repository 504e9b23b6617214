"""PDFs put together, counted and measured, in the jail's child: they may be anybody's."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

import pikepdf

from core.leaving import one_line
from renderer.document.destinations import Carried, collect, restore
from renderer.document.page_ranges import parse_page_ranges
from renderer.jail_child.call import Answer, Call, JobError

__all__ = ["inspect", "merge"]

_POINT_LIMIT = 14_400
"""No side of a page is longer (ISO 32000, annex C)."""


@contextmanager
def _opened(data: bytes, number: int) -> Generator[pikepdf.Pdf]:
    try:
        with pikepdf.open(BytesIO(data), inherit_page_attributes=True) as pdf:
            yield pdf
    except pikepdf.PasswordError as error:
        text = f"Document {number} is encrypted. Decrypt it first."
        raise JobError("unreadable_document", text) from error
    except pikepdf.PdfError as error:
        text = f"Document {number} is no PDF that can be read. Repair it first."
        raise JobError("unreadable_document", text) from error


def _size(page: pikepdf.Page) -> tuple[float, float]:
    """Width and height in points as a reader shows them, turned if the page is."""
    left, bottom, right, top = (float(side) for side in page.mediabox)
    width, height = (min(_POINT_LIMIT, abs(right - left)), min(_POINT_LIMIT, abs(top - bottom)))
    turned = int(page.obj.get("/Rotate", 0)) % 180 == 90
    return (height, width) if turned else (width, height)


def _facts(pdf: pikepdf.Pdf) -> dict[str, Any]:
    sizes = [_size(page) for page in pdf.pages]
    return {"pages": len(sizes), "sizes": sizes[:2000]}


def inspect(call: Call) -> Answer:
    """How many pages the PDF in attachment 0 has and how large they are, in points."""
    with _opened(call.attachments[0], 1) as pdf:
        return _facts(pdf), ()


def _signature(stream: pikepdf.Stream) -> bytes:
    """Equal for streams with the same dictionary and the same bytes."""
    words = sorted(_words(stream))
    return sha256("\n".join(words).encode() + b"\0" + stream.read_raw_bytes()).digest()


def _words(stream: pikepdf.Stream) -> Iterator[str]:
    """Each entry of the dictionary as text; numbers come as Python's, references by number."""
    for name in stream.keys():  # noqa: SIM118 - a stream is no mapping
        value: Any = stream.stream_dict[name]
        yield f"{name}={value.unparse() if isinstance(value, pikepdf.Object) else value!r}"


def _members(thing: pikepdf.Object) -> Iterator[tuple[Any, pikepdf.Object]]:
    if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        pairs: Any = ((name, thing[name]) for name in list(thing.keys()))
    elif isinstance(thing, pikepdf.Array):
        pairs = enumerate(list(thing))
    else:
        pairs = ()
    return ((key, value) for key, value in pairs if isinstance(value, pikepdf.Object))


def _replace(thing: pikepdf.Object, same: Mapping[tuple[int, int], pikepdf.Object]) -> None:
    """Point every reference under `thing` at the one that stays; direct members too."""
    for key, value in _members(thing):
        if value.is_indirect:
            if value.objgen in same:
                thing[key] = same[value.objgen]
        else:
            _replace(value, same)


def _share(pdf: pikepdf.Pdf) -> None:
    """Keep one of equal streams (fonts, pictures), until no two are equal any more.

    A picture refers to its mask, so pictures become equal only after their masks are one.
    """
    for _ in range(4):
        first: dict[bytes, pikepdf.Object] = {}
        same: dict[tuple[int, int], pikepdf.Object] = {}
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Stream) and thing.is_indirect:
                kept = first.setdefault(_signature(thing), thing)
                if kept.objgen != thing.objgen:
                    same[thing.objgen] = kept
        if not same:
            return
        for thing in pdf.objects:
            _replace(thing, same)


def _pdf_date(now_us: int) -> str:
    return datetime.fromtimestamp(now_us // 1_000_000, UTC).strftime("D:%Y%m%d%H%M%S+00'00'")


def _describe(pdf: pikepdf.Pdf, title: str, now_us: int) -> None:
    info = pdf.docinfo
    if title:
        info["/Title"] = one_line(title)
    info["/CreationDate"] = info["/ModDate"] = _pdf_date(now_us)


def _save(pdf: pikepdf.Pdf) -> bytes:
    out = BytesIO()
    pdf.remove_unreferenced_resources()
    pdf.save(
        out,
        deterministic_id=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        compress_streams=True,
    )
    return out.getvalue()


def _joined(sections: Sequence[bytes], most: int) -> tuple[pikepdf.Pdf, list[tuple[int, Carried]]]:
    """All pages, and of each section the index of its first page and what copying loses."""
    with _opened(sections[0], 1) as first:
        whole = pikepdf.Pdf.new()
        whole.docinfo.update(dict(first.docinfo.items()))
    parts: list[tuple[int, Carried]] = []
    for number, data in enumerate(sections, 1):
        with _opened(data, number) as section:
            parts.append((len(whole.pages), collect(section)))
            whole.pages.extend(section.pages)
        if len(whole.pages) > most:
            text = f"The document has more than {most} pages. Split it."
            raise JobError("page_limit", text)
    return whole, parts


def _cut(whole: pikepdf.Pdf, ranges: str) -> list[int]:
    """Take out the pages that `ranges` does not name; the indexes of those that stay."""
    try:
        kept = parse_page_ranges(ranges, len(whole.pages))
    except ValueError as error:
        raise JobError("page_range", f"pageRanges: {error}.") from error
    for index in sorted(set(range(len(whole.pages))) - set(kept), reverse=True):
        del whole.pages[index]
    return kept


def merge(call: Call) -> Answer:
    """The attachments' pages as one PDF in which equal fonts and pictures are there once."""
    payload = call.payload
    whole, parts = _joined(call.attachments, payload["max_pages"])
    with whole:
        restore(whole, parts, _cut(whole, payload["page_ranges"]))
        _share(whole)
        _describe(whole, payload["title"], payload["now_us"])
        return _facts(whole), [_save(whole)]
