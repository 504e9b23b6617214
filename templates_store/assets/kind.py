"""What kind of file some bytes are: told by themselves, never by a name or a header."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from templates_store.assets.asset import AssetKind
from templates_store.errors import AssetRefusedError

__all__ = ["MEDIA_TYPES", "Found", "kind_of"]

_PICTURES = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"\0\0\1\0",
)
_FONTS = (b"\0\1\0\0", b"true", b"OTTO", b"wOFF", b"wOF2", b"ttcf")
_HEIF = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_SVG = re.compile(
    # Atomic and possessive: what is before the root is read once, however it is made up.
    r"(?>\s+|<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[[^\]]*\])?\s*>)*+<(?:\w+:)?svg[\s>]",
    re.DOTALL | re.IGNORECASE,
)
_LINE = re.compile(r"[^\r\n]*[^\r\n\s][^\r\n]*")
_HEAD = 8192
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SEPARATORS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Found:
    """A kind of file. `sealed`: it has to be looked at in the jail, which says its type."""

    kind: AssetKind
    media_type: str = ""
    extension: str = ""
    sealed: bool = False


_SVG_FILE = Found("image", "image/svg+xml", "svg")
_XLSX = Found("data", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")
_JSON = Found("data", "application/json", "json")
_LINES = Found("data", "application/jsonl", "jsonl")
_CSV = Found("data", "text/csv", "csv")

MEDIA_TYPES = (
    *(f"image/{name}" for name in ("png", "jpeg", "webp", "avif", "gif", "svg+xml")),
    *(f"font/{name}" for name in ("ttf", "otf", "woff", "woff2")),
    *(found.media_type for found in (_CSV, _XLSX, _JSON, _LINES)),
)
"""All that an asset can be when it is kept."""


def kind_of(data: bytes) -> Found:
    """The kind. Raises AssetRefusedError for what is none of ours, with the reason."""
    if not data:
        raise AssetRefusedError("The file is empty: send one with bytes in it")
    for test in (_sealed, _packed, _text):
        found = test(data)
        if found is not None:
            return found
    raise AssetRefusedError(
        "The file is of no kind that is kept: send a picture (PNG, JPEG, WebP, AVIF, GIF, SVG, "
        "TIFF, BMP), a font (TTF, OTF, WOFF, WOFF2) or data (CSV, XLSX, JSON, JSON Lines)"
    )


def _sealed(data: bytes) -> Found | None:
    """Pictures and fonts, whose formats are parsed in the jail only."""
    if data.startswith(_FONTS):
        return Found("font", sealed=True)
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    if data.startswith(_PICTURES) or webp or _is_avif(data):
        return Found("image", sealed=True)
    return None


def _is_avif(data: bytes) -> bool:
    """ISO/IEC 14496-12: a box `ftyp` that lists its brands. Raises AssetRefusedError for HEIC."""
    if data[4:8] != b"ftyp":
        return False
    brands = data[8 : min(int.from_bytes(data[:4], "big"), 256)]
    if b"avif" in brands or b"avis" in brands:
        return True
    if any(brand in brands for brand in _HEIF):
        raise AssetRefusedError(
            "The picture is HEIC, which is not read here for its patents' sake: save it as JPEG "
            "(telephones do so when they are set to 'most compatible')"
        )
    return False


def _packed(data: bytes) -> Found | None:
    return _XLSX if data.startswith(b"PK\3\4") and b"xl/workbook.xml" in data else None


def _text(data: bytes) -> Found | None:
    text = _decoded(data)
    if text is None:
        return None
    tests: tuple[tuple[Callable[[str], bool], Found], ...] = (
        (_is_svg, _SVG_FILE),
        (_is_json, _JSON),
        (_are_json_lines, _LINES),
        (_is_table, _CSV),
    )
    return next((found for test, found in tests if test(text)), None)


def _decoded(data: bytes) -> str | None:
    """As text: by its mark, as UTF-8, else as Excel writes it on Windows; None for what is none."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace") if encoding == "utf-8" else "\0"
    return None if re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]", text) else text


def _is_svg(text: str) -> bool:
    return _SVG.match(text[:_HEAD]) is not None


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _are_json_lines(text: str) -> bool:
    if not text.lstrip().startswith("{"):
        return False
    number = 0
    for number, line in enumerate(_LINE.finditer(text), 1):
        try:
            value = orjson.loads(line[0])
        except orjson.JSONDecodeError as error:
            raise AssetRefusedError(f"Line {number} is no JSON: {error.msg}") from None
        if not isinstance(value, dict):
            raise AssetRefusedError(f"Line {number} is no JSON object")
    return number > 0


def _is_table(text: str) -> bool:
    """Whether the first lines have several cells each; markup is no table."""
    start = text.lstrip()
    if start.startswith("<"):
        return False
    first = re.split("[\r\n]", start[:_HEAD], maxsplit=1)[0]
    cells = csv.reader(io.StringIO(first), delimiter=_separator(first))
    return len(next(cells, [])) > 1


def _separator(line: str) -> str:
    return max(_SEPARATORS, key=line.count)
