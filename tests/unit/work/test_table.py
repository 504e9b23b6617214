import contextlib

import pytest

from jobs.batch.errors import TableInvalidError
from jobs.batch.input.tables import Kept, Table, TableRow, kind_of, open_table
from jobs.batch.input.tables.likeness import proposed
from jobs.batch.input.tables.table import LONGEST_CELL


def table_of(data: bytes, mappings: dict[str, str] | None = None, *expected: str) -> Table:
    return open_table(Kept(kind_of(data), data), mappings, expected)


def read(data: bytes | str, **mappings: str) -> list[dict[str, object]]:
    table = table_of(data.encode() if isinstance(data, str) else data, mappings)
    return [dict(row.variables) for row in table.rows()]


@pytest.mark.parametrize("separator", list(",;\t|"))
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_separator_is_found_out(separator: str, end: str) -> None:
    lines = ["title", "price"], ["Ada, the first", "1"], ["a;b\tc|d", "2"]
    quoted = (separator.join(f'"{cell}"' for cell in line) for line in lines)
    assert read(end.join(quoted)) == [
        {"title": "Ada, the first", "price": "1"},
        {"title": "a;b\tc|d", "price": "2"},
    ]


def test_a_single_column_needs_no_separator() -> None:
    assert read("title\none\ntwo, three\n")[0] == {"title": "one"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_found_out(encoding: str) -> None:
    assert read("größe;preis\nüß;5 €\n".encode(encoding)) == [{"größe": "üß", "preis": "5 €"}]


def test_what_looks_like_a_number_stays_as_it_was_written() -> None:
    assert read('item,price\n00123,"1,50"\n') == [{"item": "00123", "price": "1,50"}]


def test_cells_without_text_and_blank_lines_are_left_out() -> None:
    assert read("a,b\n1,\n\n,\n ,2\n") == [{"a": "1"}, {"a": " ", "b": "2"}]


def test_line_breaks_and_quotes_within_quotes_stay() -> None:
    assert read('a,b\n"one\ntwo","say ""hi"""\n') == [{"a": "one\ntwo", "b": 'say "hi"'}]


def test_a_name_of_a_column_is_no_sign_of_another_kind() -> None:
    assert read("PK,Name\n1,Ada\n") == [{"PK": "1", "Name": "Ada"}]


def test_mappings_choose_and_rename() -> None:
    assert read("Name,Rest\nAda,x\n", title="Name", again="Name") == [
        {"title": "Ada", "again": "Ada"}
    ]


def test_a_row_that_is_too_long_is_an_error_of_its_own() -> None:
    rows = list(table_of(b"a,b\n1,2,3\n1,2,\n").rows())
    assert "3 cells and the header 2" in (rows[0].error or "")
    assert rows[1].error is None


def test_a_huge_cell_is_an_error_of_its_row_alone() -> None:
    rows = list(table_of(b"a\n" + b"x" * (LONGEST_CELL + 1) + b"\nfine\n").rows())
    assert [row.error is None for row in rows] == [False, True]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "4,d", "4,d\n"])
def test_a_quote_that_is_never_closed_is_an_error_that_says_where(end: str, last: str) -> None:
    text = f'a,b\n1,"x\ny"\n2,c\n"3\n3",z"\n3,"d\n{last}'.replace("\n", end)
    rows = list(table_of(text.encode()).rows())
    assert [row.error is None for row in rows] == [True, True, True, False]
    assert "quote that line 7 opens is never closed" in (rows[-1].error or "")


def test_a_last_line_that_closes_its_quotes_needs_no_end() -> None:
    assert read('a,b\n1,"x"') == [{"a": "1", "b": "x"}]
    with pytest.raises(TableInvalidError, match="line 1 opens is never closed"):
        table_of(b'a,"b\n1,2\n')


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "names no column"),
        (b"\n\n", "names no column"),
        (b"a,a\n", "twice"),
        (b",".join(b"c%d" % n for n in range(501)), "500"),
    ],
)
def test_a_header_that_cannot_be_used_says_why(data: bytes, why: str) -> None:
    with pytest.raises(TableInvalidError, match=why):
        table_of(data)


def test_a_mapping_to_no_column_names_the_variable() -> None:
    with pytest.raises(TableInvalidError) as refused:
        table_of(b"a,b\n1,2\n", {"title": "Titel"})
    assert refused.value.fields[0].field == "mappings.title"
    assert "'a', 'b'" in refused.value.message


@pytest.mark.parametrize(
    "data", [b"\x00\x01\xff", b"a\x00b,c\n1,2\n", b'"never ends', b"\xff\xfea"]
)
def test_hostile_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(TableInvalidError):
        assert all(isinstance(row, TableRow) for row in table_of(data).rows())


def test_excels_own_first_line_and_titles_above_the_header_are_passed_over() -> None:
    assert read('sep=;\r\na;b\r\n"1,5";2\r\n') == [{"a": "1,5", "b": "2"}]
    data = b"Cards of May;;\n\nTitle;Price;\nOne;1,50;\n"
    table = table_of(data, None, "title", "price")
    assert [dict(row.variables) for row in table.rows()] == [{"title": "One", "price": "1,50"}]
    assert table.decimal_comma


def test_utf_16_without_a_mark_is_read() -> None:
    assert read("größe\tx\nüß\t1\n".encode("utf-16-le")) == [{"größe": "üß", "x": "1"}]


def test_json_lines_keep_their_types_and_say_which_line_is_wrong() -> None:
    data = b'{"a": 1, "b": [1, 2]}\n\n{"a": "x", "c": null}\nno json\n[1]\n'
    rows = list(table_of(data).rows())
    assert [dict(row.variables) for row in rows[:2]] == [{"a": 1, "b": [1, 2]}, {"a": "x"}]
    assert "line 4 is no JSON" in (rows[2].error or "")
    assert "line 5 is no JSON object" in (rows[3].error or "")


def test_a_member_of_json_lines_may_come_late() -> None:
    data = b'{"a": 1}\n' * 300 + b'{"late": 2}\n'
    assert read(data)[-1] == {"late": 2}
    assert read(data, title="late")[-1] == {"title": 2}


def test_spaces_round_a_member_of_json_lines_are_none_of_its_name() -> None:
    assert read(b'{"a": 1}\n{" a ": 2}\n') == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{}\n{}\n", "name no column"),
        (b"{no json\n{}\n", "line 1 is no JSON"),
        (b"".join(b'{"c%d": 1}\n' % n for n in range(501)), "more than 500 columns"),
        (b'{"%s": 1}\n' % (b"x" * 301), "name has more than 300 characters"),
    ],
)
def test_json_lines_that_cannot_be_used_say_why(data: bytes, why: str) -> None:
    with pytest.raises(TableInvalidError, match=why):
        table_of(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\xd0\xcf\x11\xe0old",
        b"%PDF-1.7",
        b"[{}]",
        b"\x1f\x8b\x08",
        b"PK\x05\x06" + bytes(18),
        b"PK\x07\x08PK\x03\x04",
    ],
)
def test_files_of_other_kinds_are_refused_in_words(data: bytes) -> None:
    with pytest.raises(TableInvalidError, match="The table cannot be used"):
        table_of(data)


def test_likely_columns_are_proposed_once_each() -> None:
    columns = ["Product Title", "PRICE", "E-Mail", "Größe", "x"]
    assert proposed(["title", "price", "email", "groesse", "size", "phone"], columns) == {
        "title": "Product Title",
        "price": "PRICE",
        "email": "E-Mail",
        "groesse": "Größe",
    }
