"""The kinds of output: which view, which capture and which encoder each of them has."""

from renderer.captured import Captured, RawDocument, RawPicture
from renderer.chromium.page import Page
from renderer.chromium.view import View
from renderer.document.chromium import document_view, drawn_document, print_document
from renderer.picture.capture import capture_picture, picture_view
from renderer.picture.encode import encode_picture
from renderer.request import DocumentOptions, Output, PictureOptions, RenderRequest
from renderer.seal import Drawn
from renderer.settings import RendererSettings
from renderer.work import Work

__all__ = ["capture", "css_of", "encode", "view_of"]


def view_of(request: RenderRequest) -> View:
    """How the page is looked at while it loads."""
    output, environment = request.output, request.environment
    if isinstance(output, DocumentOptions):
        return document_view(output, environment)
    return picture_view(output, environment)


def css_of(output: Output) -> str:
    """Rules that the caller adds to the page."""
    if not isinstance(output, PictureOptions):
        return ""
    hidden = "".join(f"{one}{{visibility:hidden!important}}" for one in output.hide)
    return output.css + hidden


async def capture(page: Page, work: Work, settings: RendererSettings) -> Captured:
    """Draw the settled page as its kind of output asks."""
    output = work.request.output
    if isinstance(output, DocumentOptions):
        now_us = work.request.environment.now_us
        return RawDocument(await print_document(page, output, now_us))
    return await capture_picture(page, view_of(work.request), output, work, settings.picture_pixels)


async def encode(work: Work) -> Drawn:
    """The final bytes of all that was captured."""
    first, output = work.captured[0], work.request.output
    if isinstance(first, RawPicture) and isinstance(output, PictureOptions):
        return await encode_picture(first, output)
    return drawn_document(first.data)
