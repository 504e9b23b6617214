"""PDF: page sizes, sections, dates, both engines."""

import io
import re

import pytest
from pypdf import PdfReader
from support.rendering import NOW, Draw

from renderer.document.errors import PageRangeError
from renderer.errors import PageLimitError
from renderer.request import DocumentOptions, HtmlSource, Margins, TemplateSource

A4 = DocumentOptions()


def _read(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data))


async def test_a_document_is_A4_unless_something_says_otherwise(draw: Draw) -> None:
    result = await draw("<h1>Hello</h1>", A4)
    assert (result.width, result.height, result.pages) == (595, 842, 1)
    assert "Hello" in _read(result.data).pages[0].extract_text()


async def test_options_win_over_the_sources_page_rule_which_wins_over_the_fallback(
    draw: Draw,
) -> None:
    page = "<style>@page{size:A5 landscape}</style><p>x"
    own = await draw(page, A4)
    assert (own.width, own.height) == (595, 420)
    given = await draw(page, DocumentOptions(page_width_pt=300, page_height_pt=400))
    assert (given.width, given.height) == (300, 400)
    fallback = await draw("<p>x", DocumentOptions(fallback_width_pt=200, fallback_height_pt=100))
    assert (fallback.width, fallback.height) == (200, 100)


async def test_landscape_turns_the_page(draw: Draw) -> None:
    result = await draw("<p>x", DocumentOptions(landscape=True))
    assert (result.width, result.height) == (842, 595)


async def test_pages_are_counted_and_chosen(draw: Draw) -> None:
    page = "".join(f"<h1 style='break-after:page'>Page {number}</h1>" for number in range(1, 6))
    assert (await draw(page, A4)).pages == 5
    chosen = await draw(page, DocumentOptions(page_ranges="2, 4"))
    assert [one.extract_text().strip() for one in _read(chosen.data).pages] == ["Page 2", "Page 4"]
    with pytest.raises(PageRangeError):
        await draw(page, DocumentOptions(page_ranges="9-12"))
    with pytest.raises(PageLimitError, match="5 pages"):
        await draw(page, DocumentOptions(max_pages=4))


async def test_margins_are_zero_or_as_asked(draw: Draw) -> None:
    page = "<!doctype html><style>*{margin:0}p{font:20px/1 monospace}</style><p>X"

    def corner(data: bytes) -> tuple[float, float]:
        found: list[tuple[float, float]] = []

        def visit(text: str, cm: list[float], *_rest: object) -> None:
            if text.strip():
                found.append((cm[4], cm[5]))

        _read(data).pages[0].extract_text(visitor_text=visit)
        return found[0]

    bare = corner((await draw(page, A4)).data)
    held = corner((await draw(page, DocumentOptions(margins=Margins(96, 0, 0, 48)))).data)
    assert (held[0] - bare[0], bare[1] - held[1]) == pytest.approx((36, 72), abs=0.01)
    ruled = corner((await draw("<style>@page{margin:1in}</style>" + page, A4)).data)
    assert ruled[0] - bare[0] == pytest.approx(72, abs=0.01)


async def test_the_moment_and_the_title_are_the_requests(draw: Draw) -> None:
    for engine in ("chromium", "weasyprint"):
        result = await draw("<p>x", DocumentOptions(engine=engine, title="Ours & <fine>"))  # type: ignore[arg-type]
        about = _read(result.data).metadata
        assert about is not None
        assert about.title == "Ours & <fine>"
        assert about.creation_date is not None
        assert round(about.creation_date.timestamp()) == NOW // 1_000_000


async def test_printing_twice_gives_the_same_bytes(draw: Draw) -> None:
    page = "<style>@page{size:A6}</style><h1>Twice</h1><img src='data:image/svg+xml,<svg/>'>"
    for engine in ("chromium", "weasyprint"):
        options = DocumentOptions(engine=engine)  # type: ignore[arg-type]
        assert (await draw(page, options)).data == (await draw(page, options)).data


async def test_variable_sets_are_sections_of_one_document(draw: Draw) -> None:
    sets = tuple({"name": name} for name in ("Ada", "Grace", "Edsger"))
    source = TemplateSource("<h1>{{ name }}</h1>", variable_sets=sets)
    for engine in ("chromium", "weasyprint"):
        result = await draw(source, DocumentOptions(engine=engine))  # type: ignore[arg-type]
        assert result.pages == 3
        texts = [page.extract_text().strip() for page in _read(result.data).pages]
        assert texts == ["Ada", "Grace", "Edsger"]


async def test_print_styles_count_and_screen_styles_do_not(draw: Draw) -> None:
    page = "<style>@media print{.s{display:none}}@media screen{.p{display:none}}</style><p class=s>screen<p class=p>print"
    text = _read((await draw(page, A4)).data).pages[0].extract_text()
    assert re.sub(r"\s", "", text) == "print"


async def test_headers_and_footers_have_page_numbers(draw: Draw) -> None:
    options = DocumentOptions(
        margins=Margins(80, 40, 80, 40),
        header_html="<div style='font-size:10px'>Top</div>",
        footer_html="<div style='font-size:10px'><span class=pageNumber></span> of <span class=totalPages></span></div>",
    )
    result = await draw("<p style='break-after:page'>a<p>b", options)
    text = _read(result.data).pages[1].extract_text()
    assert "Top" in text
    assert "2 of 2" in text


@pytest.mark.parametrize("engine", ["chromium", "weasyprint"])
async def test_P23_an_empty_document_is_one_blank_page(draw: Draw, engine: str) -> None:
    result = await draw(HtmlSource(""), DocumentOptions(engine=engine))  # type: ignore[arg-type]
    assert result.pages == 1
