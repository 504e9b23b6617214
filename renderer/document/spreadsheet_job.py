"""The first sheet of an Excel file as lines of text, read in the jail's child.

Only what a table needs is looked at (ECMA-376, part 1): the workbook, the shared texts, the number
formats, and the sheet itself, a row at a time. A file that would unfold into too much is refused
by the sizes in its directory, before anything is unpacked.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import IO
from xml.etree import ElementTree as ET

import orjson

from renderer.jail_child.call import Answer, Call, JobError

__all__ = ["spreadsheet"]

_MOST_UNFOLDED = 600 << 20
_MOST_SHARED = 200 << 20
_DATES = {*range(14, 23), *range(45, 48)}
_DATE_FORMAT = re.compile(r"(?<!\\)[ymdhs]", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]')
_ZEROS = re.compile(r"0+")
_COLUMN = re.compile(r"[A-Z]{1,3}")
_ESCAPED = re.compile(r"_x((?![dD][89a-fA-F])[0-9a-fA-F]{4})_")
"""What XML cannot hold as it is, such as `_x000D_` (ST_Xstring); half a surrogate pair is none."""
_MOST_COLUMNS = 500
_FAULTS = (
    zipfile.BadZipFile,
    ET.ParseError,
    LookupError,
    ValueError,
    ArithmeticError,
    EOFError,
    OSError,
)
"""What broken files make of reading them."""


@dataclass(frozen=True, slots=True)
class _Book:
    """What the cells of every sheet refer to. `epoch`: the day that dates count from."""

    texts: Sequence[str]
    formats: Sequence[str]
    epoch: datetime


def spreadsheet(call: Call) -> Answer:
    """Attachment 0 as lines of JSON lists of texts, blank rows left out, at most `rows` of them,
    which as CSV are at most `bytes` long: cells may share a text, and unfold into far more.

    Numbers are written as they are, dates in ISO 8601; a format such as 00000 keeps its zeros.
    """
    try:
        with zipfile.ZipFile(BytesIO(call.attachments[0])) as archive:
            _refuse_bombs(archive)
            lines = _lines(archive, int(call.payload["rows"]), int(call.payload["bytes"]))
    except _FAULTS as error:
        raise _broken(f"it is broken ({type(error).__name__})") from error
    return {}, [lines]


def _refuse_bombs(archive: zipfile.ZipFile) -> None:
    unfolded = sum(info.file_size for info in archive.infolist())
    if len(archive.infolist()) > 10_000 or unfolded > _MOST_UNFOLDED:
        raise _broken(
            f"it unfolds into {unfolded >> 20} MB, and {_MOST_UNFOLDED >> 20} is the most"
        )


def _broken(why: str) -> JobError:
    return JobError("unreadable_spreadsheet", f"The spreadsheet cannot be read: {why}.")


def _lines(archive: zipfile.ZipFile, most_rows: int, most_bytes: int) -> bytes:
    if "xl/workbook.xml" not in archive.namelist():
        raise _broken("it is a ZIP file but no .xlsx")
    workbook = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - jailed
    book = _Book(_texts(archive), _formats(archive), _epoch(workbook))
    written: list[bytes] = []
    size = 0
    with _opened(archive, _sheet_path(archive, workbook)) as sheet:
        for row in _rows(sheet):
            cells = _cells(row, book)
            if not any(cells):
                continue
            while not cells[-1]:  # styled, but empty
                cells.pop()
            line = orjson.dumps(cells)
            size += len(line) - 2 * len(cells) - 1  # CSV needs no quotes and no brackets
            if len(written) > most_rows:
                raise _broken(f"it has more than {most_rows} rows: split it")
            if size > most_bytes:
                raise _broken(
                    f"its cells hold more than {most_bytes} bytes (PLATEN_BATCH_MAX_CSV_BYTES): "
                    "split it"
                )
            written.append(line)
    return b"\n".join(written)


def _opened(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """A part that unfolds to what the directory says, and no further: zipfile sees to that."""
    return archive.open(name)


def _epoch(workbook: ET.Element) -> datetime:
    """The last of 1899, so that Excel's 29 February 1900 is counted; in old Macs' books 1904."""
    from_1904 = any(
        item.get("date1904", "").lower() in {"1", "true"} for item in _all(workbook, "workbookPr")
    )
    return datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's dates have no zone


def _sheet_path(archive: zipfile.ZipFile, workbook: ET.Element) -> str:
    """The first sheet that is not hidden, by the workbook's relations."""
    targets = {
        item.get("Id"): item.get("Target", "")
        for item in ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - jailed
    }
    for sheet in _all(workbook, "sheet"):
        if sheet.get("state", "visible") == "visible":
            relation = next(value for name, value in sheet.attrib.items() if name.endswith("}id"))
            target = targets[relation]
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise _broken("it has no visible sheet")


def _texts(archive: zipfile.ZipFile) -> list[str]:
    """The texts that cells share, each written once."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    found: list[str] = []
    size = 0
    with _opened(archive, "xl/sharedStrings.xml") as file:
        for item in _ends(file, "si"):
            text = _text(item)
            size += len(text)
            if size > _MOST_SHARED:
                raise _broken(f"it has more than {_MOST_SHARED >> 20} MB of text")
            found.append(text)
    return found


def _formats(archive: zipfile.ZipFile) -> list[str]:
    """The number format of each cell style: `date`, a run of zeros, or nothing special."""
    if "xl/styles.xml" not in archive.namelist():
        return []
    root = ET.fromstring(archive.read("xl/styles.xml"))  # noqa: S314 - jailed
    own = {
        int(item.get("numFmtId", 0)): item.get("formatCode", "") for item in _all(root, "numFmt")
    }
    return [
        _meaning(int(style.get("numFmtId", 0)), own)
        for styles in _all(root, "cellXfs")
        for style in styles
    ]


def _meaning(number: int, own: Mapping[int, str]) -> str:
    code = _QUOTED.sub("", own.get(number, "")).split(";", 1)[0]
    if number in _DATES or _DATE_FORMAT.search(code):
        return "date"
    return code if len(code) > 1 and _ZEROS.fullmatch(code) else ""


def _rows(sheet: IO[bytes]) -> Iterator[ET.Element]:
    return _ends(sheet, "row")


def _ends(file: IO[bytes], name: str) -> Iterator[ET.Element]:
    """Every element of that name when it is whole; what was read is let go."""
    context = iter(ET.iterparse(file, ("start", "end")))  # noqa: S314 - jailed, and expat is bounded
    _, root = next(context)
    depth: list[ET.Element] = [root]
    for event, element in context:
        if event == "start":
            depth.append(element)
            continue
        depth.pop()
        if element.tag.rsplit("}", 1)[-1] == name:
            yield element
            if depth:
                depth[-1].clear()


def _all(root: ET.Element, name: str) -> Iterator[ET.Element]:
    return (item for item in root.iter() if item.tag.rsplit("}", 1)[-1] == name)


def _text(item: ET.Element) -> str:
    """Without the phonetic guides of East Asian texts."""
    parts: list[str] = []
    for child in item:
        kind = child.tag.rsplit("}", 1)[-1]
        if kind == "t":
            parts.append(_unescaped(child.text or ""))
        elif kind == "r":
            parts += [_unescaped(text.text or "") for text in _all(child, "t")]
    return "".join(parts)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _cells(row: ET.Element, book: _Book) -> list[str]:
    cells: list[str] = []
    for cell in row:
        place = _place(cell.get("r", ""), len(cells))
        if place >= _MOST_COLUMNS:
            break
        cells += [""] * (place + 1 - len(cells))
        cells[place] = _value(cell, book)
    return cells


def _place(reference: str, following: int) -> int:
    """The column of a reference such as `AB12`, from 0."""
    letters = _COLUMN.match(reference)
    if letters is None:
        return following
    place = 0
    for letter in letters[0]:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _value(cell: ET.Element, book: _Book) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(_text(item) for item in cell)
    value = next((item.text or "" for item in cell if item.tag.rsplit("}", 1)[-1] == "v"), "")
    if kind == "s":
        known = value.strip().isdigit() and int(value) < len(book.texts)
        return book.texts[int(value)] if known else ""
    if kind == "b":
        return {"1": "true", "0": "false"}.get(value, value)
    if kind == "str":
        return _unescaped(value)
    if kind != "n" or not value:
        return "" if kind == "e" else value
    style = int(cell.get("s", 0))
    return _number(value, book.formats[style] if style < len(book.formats) else "", book.epoch)


def _number(value: str, meaning: str, epoch: datetime) -> str:
    number = float(value)
    if meaning == "date":
        return _date(number, epoch)
    if meaning and number == int(number) and number >= 0:
        return str(int(number)).zfill(len(meaning))
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return format(number, ".15g")


def _date(number: float, epoch: datetime) -> str:
    """Days since the epoch; less than one is a time of day."""
    if number < 0:
        return format(number, ".15g")
    try:
        moment = epoch + timedelta(seconds=round(number * 86_400))
    except OverflowError:  # no year has five digits
        return format(number, ".15g")
    if number < 1:
        return moment.strftime("%H:%M:%S")
    return moment.date().isoformat() if number == int(number) else moment.isoformat(" ")
