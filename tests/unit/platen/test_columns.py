"""Which columns are used beside those that `--map` names."""

import pytest

from platen.batch.columns import completed

REPORT = {
    "columns": [
        {"column": one} for one in ("Headline", "PRICE", "sku", "Notes", "Card text", "row")
    ],
    "mappings": {"title": "Headline", "text": "Card text"},  # the second is only likely
    "unmatchedVariables": ["price"],
}


@pytest.mark.parametrize(
    ("given", "filename", "beside"),
    [
        ({"title": "Headline"}, "", {"price": "PRICE"}),
        ({"title": "Headline"}, "{sku}/{index:4}", {"price": "PRICE", "sku": "sku"}),
        ({"title": "Headline"}, "{index:4}-{row}", {"price": "PRICE"}),
        ({"title": "PRICE"}, "", {}),
        ({"price": "Notes"}, "{Notes}", {}),
    ],
)
def test_columns_whose_names_say_what_they_are_need_no_mapping(
    given: dict[str, str], filename: str, beside: dict[str, str]
) -> None:
    assert completed(given, REPORT, filename) == {**beside, **given}
