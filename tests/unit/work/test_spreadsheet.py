"""Excel's files, written here by hand, part by part."""

import io
import json
import zipfile

import pytest

from renderer.document import spreadsheet_job
from renderer.document.spreadsheet_job import spreadsheet
from renderer.jail_child.call import Call, JobError

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATION = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
WORKBOOK = (
    f'<workbook {MAIN} {RELATION}><sheets><sheet name="no" state="hidden" r:id="rId9"/>'
    '<sheet name="Cards" r:id="rId1"/></sheets></workbook>'
)
RELATIONS = (
    '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/>'
    '<Relationship Id="rId9" Target="worksheets/hidden.xml"/></Relationships>'
)
STYLES = (
    f'<styleSheet {MAIN}><numFmts><numFmt numFmtId="164" formatCode="00000"/>'
    '<numFmt numFmtId="165" formatCode="dd.mm.yyyy"/></numFmts><cellXfs>'
    '<xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>'
)
SHARED = (
    f"<sst {MAIN}><si><t>item</t></si><si><t>date</t></si>"
    "<si><r><t>Gr</t></r><r><t>öße</t></r></si></sst>"
)


def xlsx(rows: str, **parts: str) -> bytes:
    """A workbook whose first visible sheet has those rows."""
    sheet = f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"
    files = {
        "xl/workbook.xml": WORKBOOK,
        "xl/_rels/workbook.xml.rels": RELATIONS,
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": SHARED,
        "xl/worksheets/sheet1.xml": sheet,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**files, **parts}.items():
            archive.writestr(name, text)
    return out.getvalue()


def read(data: bytes, most: int = 1000, most_bytes: int = 1_000_000) -> list[list[str]]:
    def ask(question: object) -> tuple[dict[str, object], list[bytes]]:
        raise AssertionError(question)

    _, (lines,) = spreadsheet(Call({"rows": most, "bytes": most_bytes}, [data], ask))
    return [json.loads(line) for line in lines.splitlines()]


def test_texts_numbers_dates_and_leading_zeros_come_as_they_are_seen() -> None:
    rows = (
        '<row><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>'
        '<c r="D1" t="s"><v>2</v></c></row>'
        '<row><c r="A2" s="1"><v>123</v></c><c r="B2" s="2"><v>45000</v></c>'
        '<c r="C2" t="b"><v>1</v></c><c r="D2"><v>0.30000000000000004</v></c></row>'
        "<row/>"
        '<row><c r="A4" t="inlineStr"><is><t>00123</t></is></c><c r="B4"><v>1E3</v></c></row>'
    )
    assert read(xlsx(rows)) == [
        ["item", "date", "", "Größe"],
        ["00123", "2023-03-15", "true", "0.3"],
        ["00123", "1000"],
    ]


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("", (0.5, 2, 45_000, 45_000.75, 2_958_465)),
        ('date1904="0"', (0.5, 2, 45_000, 45_000.75, 2_958_465)),
        ('date1904="1"', (0.5, -1462, 43_538, 43_538.75, 2_957_003)),
        ('date1904="true"', (0.5, -1462, 43_538, 43_538.75, 2_957_003)),
    ],
)
def test_dates_count_from_the_day_that_the_workbook_says(
    said: str, days: tuple[float, ...]
) -> None:
    book = WORKBOOK.replace("<sheets>", f"<workbookPr {said}/><sheets>")
    rows = "".join(f'<row><c s="2"><v>{number}</v></c></row>' for number in days)
    half, early, *others = (row[0] for row in read(xlsx(rows, **{"xl/workbook.xml": book})))
    assert (half, early) == ("12:00:00", "1900-01-01" if days[1] > 0 else "-1462")
    assert others == ["2023-03-15", "2023-03-15 18:00:00", "9999-12-31"]


def test_characters_that_xml_cannot_hold_are_read_from_their_numbers() -> None:
    written = "a_x000D_\nb_x0009_c_x005F_x000D__xD83D__x12_"
    shared = (
        f"<sst {MAIN}><si><t>{written}</t></si><si><r><t>a_x00</t></r><r><t>0D_</t></r></si></sst>"
    )
    rows = (
        f'<row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>{written}</t></is></c>'
        f'<c t="str"><f>A1</f><v>{written}</v></c><c t="s"><v>1</v></c></row>'
    )
    meant = "a\r\nb\tc_x000D__xD83D__x12_"
    assert read(xlsx(rows, **{"xl/sharedStrings.xml": shared})) == [
        [meant, meant, meant, "a_x000D_"]
    ]


def test_more_rows_than_asked_for_are_refused() -> None:
    with pytest.raises(JobError, match="more than 2 rows"):
        read(xlsx("<row><c><v>1</v></c></row>" * 5), most=2)


def test_a_text_that_many_cells_share_counts_for_each_of_them() -> None:
    shared = f"<sst {MAIN}><si><t>{'x' * 1000}</t></si></sst>"
    rows = '<row><c t="s"><v>0</v></c><c t="s"><v>0</v></c></row>' * 10
    data = xlsx(rows, **{"xl/sharedStrings.xml": shared})
    as_csv = len(f"{'x' * 1000},{'x' * 1000}\n" * 10)
    assert len(read(data, most_bytes=as_csv)) == 10
    with pytest.raises(JobError, match=f"more than {as_csv - 1} bytes .*: split it"):
        read(data, most_bytes=as_csv - 1)


def test_cells_that_are_empty_at_the_end_count_for_nothing() -> None:
    row = '<row><c r="A1"><v>1</v></c><c r="SF1" s="1"/></row>'
    assert read(xlsx(row), most_bytes=2) == [["1"]]


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04 no archive",
        xlsx("<row><c><v>1</v></c></row><broken"),
        xlsx("", **{"xl/workbook.xml": f"<workbook {MAIN}/>"}),
        xlsx('<row><c t="n"><v>one</v></c></row>'),
        xlsx('<row><c t="n"><v>1e999</v></c></row>'),
    ],
)
def test_broken_files_are_refused_in_words(data: bytes) -> None:
    with pytest.raises(JobError, match="cannot be read"):
        read(data)


def test_a_bomb_is_refused_before_it_unfolds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet_job, "_MOST_UNFOLDED", 20 << 20)
    rows = "<row><c><v>1</v></c></row>" * 1_000_000
    with pytest.raises(JobError, match="unfolds into"):
        read(xlsx(rows))


def test_entities_do_not_multiply() -> None:
    laughs = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(
        f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
    )
    shared = f"{laughs}]><sst {MAIN}><si><t>&j;</t></si></sst>"
    with pytest.raises(JobError, match="cannot be read"):
        read(xlsx("", **{"xl/sharedStrings.xml": shared}))
