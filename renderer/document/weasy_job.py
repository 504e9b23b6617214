"""WeasyPrint in the jail: sections of HTML to one PDF. Every fetch is a question to the parent."""

import logging
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from PIL import Image
from weasyprint import CSS, HTML
from weasyprint.document import Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from core.leaving import one_line
from renderer.document.images import restrict
from renderer.document.page_ranges import parse_page_ranges
from renderer.document.weasy_css import page_rules, with_running_parts
from renderer.jail_child.call import Answer, Ask, Call, JobError

__all__ = ["weasy"]

BASE_URL = "https://files.invalid/"
"""Relative names are resolved against this; the parent knows the files behind it."""

_MAX_COMPLAINTS = 20

restrict()
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


class _Fetcher(URLFetcher):
    """Asks the parent for everything but `data:`; there is no other way out of the jail."""

    def __init__(self, ask: Ask) -> None:
        super().__init__(allowed_protocols=("data",))
        self._ask = ask

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if url[:5].lower() == "data:":
            return super().fetch(url, headers)
        answer, data = self._ask({"url": url})
        if "refused" in answer:
            raise ValueError(answer["refused"])
        sent = {"Content-Type": answer["type"]} if answer["type"] else {}
        return URLFetcherResponse(answer["url"], data[0], sent)


class _Complaints(logging.Handler):
    """What the engine could not do with the source, for the operator's log."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if len(self.texts) < _MAX_COMPLAINTS:
            self.texts.append(record.getMessage()[:300])


@contextmanager
def _listening() -> Generator[_Complaints]:
    logger, complaints = logging.getLogger("weasyprint"), _Complaints()
    logger.setLevel(logging.WARNING)
    logger.addHandler(complaints)
    try:
        yield complaints
    finally:
        logger.removeHandler(complaints)


def _sections(call: Call, fonts: FontConfiguration) -> list[Document]:
    """Each section laid out for itself, so that each counts its own pages."""
    options, date = call.payload["options"], call.payload["date"]
    fetcher = _Fetcher(call.ask)
    css = CSS(string=page_rules(options), font_config=fonts)
    documents: list[Document] = []
    for data in call.attachments:
        html = with_running_parts(data.decode(), options, options["title"], date)
        page = HTML(string=html, base_url=BASE_URL, url_fetcher=fetcher)
        documents.append(
            page.render(font_config=fonts, stylesheets=[css], pdf_tags=options["tagged"])
        )
        _judge(sum(len(document.pages) for document in documents), options["max_pages"])
    return documents


def _judge(pages: int, most: int) -> None:
    if pages > most:
        raise JobError(
            "page_limit",
            f"The document has {pages} pages, more than {most}. "
            "Split it, shorten its data, or make its text smaller.",
        )


def _chosen(documents: list[Document], ranges: str) -> Document:
    pages = [page for document in documents for page in document.pages]
    try:
        wanted = parse_page_ranges(ranges, len(pages))
    except ValueError as error:
        raise JobError("page_range", f"pageRanges: {error}.") from error
    chosen: Any = [pages[index] for index in wanted]
    return documents[0].copy(chosen)


def _dated(document: Document, options: Mapping[str, Any], now_us: int) -> None:
    """Dates are the request's, so that the same request gives the same bytes."""
    moment = datetime.fromtimestamp(now_us // 1_000_000, UTC).isoformat()
    document.metadata.created = document.metadata.created or moment
    document.metadata.modified = moment
    document.metadata.generator = document.metadata.generator or "Platen"
    document.metadata.title = one_line(options["title"] or document.metadata.title or "") or None


def weasy(call: Call) -> Answer:
    """The attachments, each a section's HTML, as one PDF; facts of its pages in points."""
    options = call.payload["options"]
    fonts = FontConfiguration()
    with _listening() as complaints:
        document = _chosen(_sections(call, fonts), options["page_ranges"])
        _dated(document, options, call.payload["now_us"])
        digest = sha256(repr(call.payload).encode() + b"".join(call.attachments))
        data = document.write_pdf(
            zoom=options["scale"],
            pdf_identifier=digest.digest()[:16],
            pdf_tags=options["tagged"],
        )
    first, scale = document.pages[0], 0.75 * options["scale"]
    facts = {
        "pages": len(document.pages),
        "width": first.width * scale,
        "height": first.height * scale,
        "complaints": complaints.texts,
    }
    return facts, [data or b""]


def _warm() -> None:
    """Load fonts, hyphenation and every library before the walls go up and the first job comes."""
    sample = '<p lang="en" style="hyphens: auto">A <b>b</b> <i>i</i> <code>c</code> غ ש क 日 😀'
    HTML(string=sample).write_pdf()


_warm()
