"""Barcodes, read back by the tables of the standard."""

import pytest

from renderer.compose.functions import code128

TABLE = [code128._WIDTHS[i : i + 6] for i in range(0, len(code128._WIDTHS), 6)]


def read(text: str) -> str:
    """Decode the bars of a text as a scanner would, check character included."""
    widths = "".join(map(str, code128.bars(text)))
    assert widths.endswith("2331112")
    values = [TABLE.index(widths[i : i + 6]) for i in range(0, len(widths) - 7, 6)]
    *values, check = values
    assert (values[0] + sum(i * value for i, value in enumerate(values))) % 103 == check
    code, out = {104: "B", 105: "C"}[values[0]], ""
    for value in values[1:]:
        if value == 99 and code == "B":
            code = "C"
        elif value == 100 and code == "C":
            code = "B"
        else:
            out += f"{value:02d}" if code == "C" else chr(value + 32)
    return out


@pytest.mark.parametrize(
    "text",
    ["A", "12", "123", "1234", "PL-2026", "AB123456CD", "12345678AB", "AB1234567", "~ !", "007x"],
)
def test_a_scanner_reads_what_was_written(text: str):
    assert read(text) == text


def test_long_runs_of_digits_take_half_the_width():
    assert len(code128.bars("12345678")) < len(code128.bars("ABCDEFGH"))


def test_what_ascii_lacks_is_refused_in_words():
    with pytest.raises(ValueError, match="use qr"):
        code128.bars("größe")
