from typing import Any

import pytest

from api.document_models import MultiPageBody, PdfBody, PdfOptions
from api.validation import validated
from core.errors import ValidationError
from renderer.request import DocumentOptions, Margins, Wait


def options(**members: Any) -> DocumentOptions:
    return validated(PdfOptions, members).options(Wait())


def test_without_options_the_source_decides_its_page() -> None:
    made = options()
    assert (made.page_width_pt, made.margins, made.engine) == (None, None, "chromium")


@pytest.mark.parametrize(
    ("margins", "made"),
    [
        (40, Margins(40, 40, 40, 40)),
        ({"top": 10, "left": 5}, Margins(10, 0, 0, 5)),
        ({}, Margins()),
    ],
)
def test_margins_are_px_of_each_side_or_one_number(margins: Any, made: Margins) -> None:
    assert options(margins=margins).margins == made


def test_a_header_without_margins_has_room_of_its_own() -> None:
    assert options(header="<b>x").margins == Margins(top=80)
    assert options(footer={"default": "<b>x"}).margins == Margins(bottom=80)
    assert options(footer="x", margins=0).margins == Margins()


def test_a_custom_size_is_px() -> None:
    made = options(preset="Custom", customSize={"width": 400, "height": 200})
    assert (made.page_width_pt, made.page_height_pt) == (300, 150)


@pytest.mark.parametrize("ranges", ["", "1", "1-3", "1-3,5", "2, 4-6"])
def test_page_ranges_are_understood(ranges: str) -> None:
    assert options(pageRanges=ranges).page_ranges == ranges


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"pageRanges": "1-"}, "pageRanges"),
        ({"pageRanges": "1;rm"}, "pageRanges"),
        ({"preset": "B9"}, "options.preset"),
        ({"preset": "custom"}, "options.customSize"),
        ({"customSize": {"width": 0, "height": 10}}, "customSize.width"),
        ({"margins": -1}, "margins.top"),
        ({"margins": True}, "margins"),
        ({"scale": 3}, "scale"),
        ({"engine": "prince"}, "engine"),
        ({"conformance": "pdf/a-2b"}, "options.conformance"),
        ({"watermark": {"text": "x"}}, "options.watermark"),
        ({"header": {"first": "x"}}, "options.header.first"),
    ],
)
def test_what_cannot_be_made_is_refused_by_its_field(members: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        options(**members)
    assert refused.value.fields[0].field == field


def test_no_conformance_is_what_is_made() -> None:
    assert options(conformance="none") == options()


def test_all_names_of_a_template_are_understood() -> None:
    for name in ("template", "templateUid", "templateId"):
        assert validated(PdfBody, {name: "tpl_1"}).template == "tpl_1"
        body = {name: "tpl_1", "variableSets": [{}]}
        assert validated(MultiPageBody, body).template == "tpl_1"
