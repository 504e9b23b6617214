"""Options as rules of CSS, and which sources are empty."""

from dataclasses import asdict
from time import process_time

import pytest

from renderer.document.weasy import _is_empty
from renderer.document.weasy_css import page_rules, with_running_parts
from renderer.request import DocumentOptions, Margins


def rules(**options: object) -> str:
    return page_rules(asdict(DocumentOptions(**options)))  # type: ignore[arg-type] - by name


def test_what_the_options_name_is_important_and_the_fallback_is_not():
    assert "size: 100.0000pt 200.0000pt !important" in rules(page_width_pt=100, page_height_pt=200)
    assert "size: 595.2800pt 841.8900pt }" in rules()
    assert "size: 841.8900pt 595.2800pt }" in rules(landscape=True)
    assert "margin: 0 }" in rules()
    assert "margin: 1.0000px 2.0000px 3.0000px 4.0000px !important" in rules(
        margins=Margins(1, 2, 3, 4)
    )


def test_scale_is_taken_out_of_the_page_so_that_zoom_can_put_it_back():
    assert "size: 50.0000pt 100.0000pt" in rules(page_width_pt=100, page_height_pt=200, scale=2)


@pytest.mark.parametrize(
    "html",
    ["<p>x", "<html><head></head><body class=a><p>x", "<!doctype html><title>t</title></head><p>x"],
)
def test_running_parts_are_put_into_the_body(html: str):
    options = asdict(DocumentOptions(header_html="<b class='title'></b>", footer_html="f"))
    out = with_running_parts(html, options, "A<B", "2026-01-01")
    assert out.index("platen-header") < out.index("platen-footer") < out.index("<p>x")
    assert "A&lt;B" in out
    assert with_running_parts(html, asdict(DocumentOptions()), "", "") == html


@pytest.mark.parametrize(
    ("html", "empty"),
    [("", True), (" \n\t", True), ("<!-- a --> <!-- b -->", True), ("<!-- open", True),
     ("<p>", False), ("<!-- a -->x", False), ("x<!-- a -->", False)],
)  # fmt: skip
def test_empty_is_white_space_and_comments_alone(html: str, empty: bool):
    assert _is_empty(html) is empty


def test_a_hostile_source_is_judged_in_one_pass():
    start = process_time()
    assert not _is_empty("<!---->" * 200_000 + "x")
    assert process_time() - start < 1
