"""What is read from and patched into Chromium's PDF."""

from renderer.document.chromium import count_pages, dated, drawn_document, page_rule
from renderer.request import DocumentOptions

PDF = (
    b"1 0 obj <</Creator (x)\n/CreationDate (D:20261122211600+00'00')\n/ModDate (D:20261122211600+00'00')>>"
    b"2 0 obj <</Type /Page\n/MediaBox [0 0 594.95996 841.91998]>> 3 0 obj <</Type /Pages /Count 2>>"
    b"4 0 obj <</Type /Page\n/MediaBox [0 0 100 50]>>"
)


def test_dates_become_the_requests_moment_and_no_byte_moves() -> None:
    patched = dated(PDF, 1_700_000_000_000_000)
    assert patched.count(b"D:20231114221320+00'00'") == 2
    assert len(patched) == len(PDF)


def test_pages_are_counted_and_sizes_are_the_papers() -> None:
    assert count_pages(PDF) == 2
    drawn = drawn_document(PDF)
    assert (drawn.width, drawn.height, drawn.pages) == (595, 842, 2)


def test_a_page_size_of_the_options_overrules_the_source() -> None:
    assert page_rule(DocumentOptions()) == ""
    rule = page_rule(DocumentOptions(page_width_pt=300, page_height_pt=400.5, landscape=True))
    assert rule == "@page{size:400.5pt 300pt!important}"
