"""Text of users on its way out: into headers, file names, archives, spreadsheets, titles, logs.

Each kind of place has one function here, and nothing writes user text into such a place without it.
"""

import re
import unicodedata
from urllib.parse import quote

__all__ = ["content_disposition", "csv_cell", "file_name", "header_bytes", "log_text", "one_line"]

_INVISIBLE = (
    "\x00-\x1f\x7f-\x9f"  # control characters: new lines, escape sequences of terminals
    "\u2028\u2029"  # line and paragraph separators
    "\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"  # what turns or hides text
    "\ud800-\udfff"  # halves of characters, which no encoding takes
)
_HIDDEN = re.compile(f"[{_INVISIBLE}]")
_BREAKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_HEADER_TABLE = bytes(32 if byte < 32 or byte == 127 else byte for byte in range(256))
_REFUSED_IN_NAMES = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)
_NAME_BYTES = 150
_FORMULA = re.compile(r"^[\s\x00]*[=+\-@＝＋－＠]|^[\t\r\n\x00]")  # noqa: RUF001 - their wide forms
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?%?")


def one_line(text: str, longest: int = 500) -> str:
    """For titles and names that people read: single spaces, nothing that cannot be seen."""
    plain = _HIDDEN.sub("", _BREAKS.sub(" ", text))
    return " ".join(word for word in plain.split(" ") if word)[:longest]


def log_text(text: str, keep: str = "") -> str:
    r"""For log lines and terminals: what cannot be seen is written out, such as `\x1b` or `\n`.

    Characters in `keep` stay as they are.
    """
    return _HIDDEN.sub(lambda found: found[0] if found[0] in keep else _written(found[0]), text)


def file_name(text: str, fallback: str = "file") -> str:
    """For downloads and archive entries: one segment that every system takes, 150 bytes at most.

    Folders, drives and `..` are gone, so no entry leaves the folder that it is unpacked into.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", _HIDDEN.sub("", text)))[-1]
    name = _REFUSED_IN_NAMES.sub("_", last).strip(" .")
    if _DEVICES.fullmatch(name.partition(".")[0].strip()):
        name = f"_{name}"
    return _shortened(name) or fallback


def content_disposition(kind: str, name: str) -> str:
    """The header's value (RFC 6266): the name in ASCII, and in full (RFC 8187) where that differs.

    `kind` is `inline` or `attachment`.
    """
    safe = file_name(name)
    plain = unicodedata.normalize("NFKD", safe).encode("ascii", "ignore").decode()
    plain = file_name(re.sub(r"[%;,']", "_", plain))
    value = f'{kind}; filename="{plain}"'
    return value if plain == safe else f"{value}; filename*=UTF-8''{quote(safe, safe='')}"


def csv_cell(text: str) -> str:
    """For a cell of a table: a text that a spreadsheet would run as a formula stays a text."""
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def header_bytes(value: bytes) -> bytes:
    """For any header's value: a control character, above all a line break, is a space."""
    return value.translate(_HEADER_TABLE)


def _written(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def _shortened(name: str) -> str:
    """At most 150 bytes of UTF-8; the extension stays."""
    if len(name.encode()) <= _NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > 20:
        stem, dot, extension = name, "", ""
    left = _NAME_BYTES - len(f"{dot}{extension}".encode())
    return f"{stem.encode()[:left].decode(errors='ignore').rstrip(' .')}{dot}{extension}"
