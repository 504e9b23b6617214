"""The kinds of output: which view, which capture and which encoder each of them has."""

from dataclasses import replace

from core.errors import InternalError
from renderer.animation.capture import animation_view, capture_frames
from renderer.animation.encode import encode_animation
from renderer.captured import Captured, RawDocument, RawFrames, RawPicture
from renderer.chromium.page import Page
from renderer.chromium.view import View
from renderer.document.assemble import merge_documents
from renderer.document.chromium import document_view, drawn_document, page_rule, print_document
from renderer.inspect.layout import Look, look_script
from renderer.jail import Jail
from renderer.picture.capture import capture_picture, picture_view, still_script
from renderer.picture.encode import encode_picture
from renderer.picture.encoders import Encoders
from renderer.request import (
    AnimationOptions,
    DocumentOptions,
    Output,
    PictureOptions,
    RenderRequest,
)
from renderer.seal import Drawn
from renderer.settings import RendererSettings
from renderer.work import Work

__all__ = ["capture", "css_of", "encode", "last_look", "view_of"]


def view_of(request: RenderRequest) -> View:
    """How the page is looked at while it loads."""
    match request.output:
        case PictureOptions() as output:
            return picture_view(output, request.environment)
        case AnimationOptions() as output:
            return animation_view(output, request.environment)
        case DocumentOptions() as output:
            return document_view(output, request.environment)


def css_of(output: Output) -> str:
    """Rules that the caller adds to the page."""
    match output:
        case PictureOptions():
            hidden = "".join(f"{one}{{visibility:hidden!important}}" for one in output.hide)
            return output.css + hidden
        case AnimationOptions():
            return output.css
        case DocumentOptions():
            return page_rule(output)


def last_look(request: RenderRequest) -> str:
    """What is asked of a settled page before it is drawn, as one expression; "" for nothing."""
    return still_script(request) if isinstance(request.output, PictureOptions) else ""


async def capture(page: Page, work: Work, settings: RendererSettings) -> Captured:
    """Draw the settled page as its kind of output asks."""
    view, now_us = view_of(work.request), work.request.environment.now_us
    match work.request.output:
        case PictureOptions() as output:
            return await capture_picture(page, view, output, work, settings.picture_pixels)
        case AnimationOptions() as output:
            return await capture_frames(page, view, output, work, settings)
        case DocumentOptions() as output:
            work.look = Look.read(await page.evaluate(look_script(work.request)))
            whole = replace(output, page_ranges="") if len(work.sections) > 1 else output
            return RawDocument(await print_document(page, whole, now_us))


async def encode(work: Work, settings: RendererSettings, jail: Jail, encoders: Encoders) -> Drawn:
    """The final bytes of all that was captured."""
    if len(work.captured) > 1:
        return await _merge(work, jail)
    match work.captured[0], work.request.output:
        case RawPicture() as raw, PictureOptions() as output:
            return await encode_picture(raw, output, encoders)
        case RawFrames() as raw, AnimationOptions() as output:
            async with encoders.animating(work.asker):
                return await encode_animation(raw, output, settings)
        case RawDocument() as raw, DocumentOptions():
            return drawn_document(raw.data)
        case raw, output:
            raise InternalError(private=f"{type(raw).__name__} for {type(output).__name__}")


async def _merge(work: Work, jail: Jail) -> Drawn:
    """Sections that were printed one by one, as one document."""
    sections = [one.data for one in work.captured if isinstance(one, RawDocument)]
    output = work.request.output
    if not isinstance(output, DocumentOptions):
        raise InternalError(private=f"{len(sections)} sections for {type(output).__name__}")
    return await merge_documents(
        jail,
        sections,
        now_us=work.request.environment.now_us,
        title=output.title,
        page_ranges=output.page_ranges,
        max_pages=output.max_pages,
        timeout=work.left(),
    )
