"""Ranges of pages as people write them."""

import pytest

from renderer.document.page_ranges import parse_page_ranges


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("1", [0]),
        ("2-3", [1, 2]),
        ("4-", [3, 4]),
        ("-2", [0, 1]),
        ("5, 1 ,1-2", [0, 1, 4]),
        ("3-99", [2, 3, 4]),
    ],
)
def test_ranges_name_pages_in_order(text: str, expected: list[int]):
    assert parse_page_ranges(text, 5) == expected


@pytest.mark.parametrize("text", ["x", "1-2-3", "0", "9", "4-2", ",", "1;2", "-"])
def test_what_names_no_page_is_refused(text: str):
    with pytest.raises(ValueError, match="page"):
        parse_page_ranges(text, 5)
