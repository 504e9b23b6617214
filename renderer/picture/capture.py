"""One picture of a settled page: which part of it, at which scale, in what encoding it leaves."""

import math
from dataclasses import replace

from renderer.captured import RawPicture
from renderer.chromium.page import Page
from renderer.chromium.scripts import BOX_OF, DOCUMENT_SIZE, STILL
from renderer.chromium.settle import refuse_invalid
from renderer.chromium.view import Clip, View
from renderer.chromium.viewport_units import freeze_viewport_units
from renderer.errors import PictureTooLargeError, SelectorNotFoundError
from renderer.inspect.layout import Look, look_script
from renderer.picture.encode import drawn_format
from renderer.picture.format_limits import LARGEST_SIDES
from renderer.request import Environment, PictureOptions, RenderRequest
from renderer.work import Work

__all__ = ["box_of", "capture_picture", "picture_view", "show_clip", "still_script"]

_WITHOUT_ALPHA = ("jpeg",)


def picture_view(options: PictureOptions, environment: Environment) -> View:
    """The viewport in which the page is laid out."""
    return View(
        width=options.width,
        height=options.height,
        scale=options.device_scale_factor,
        transparent=options.transparent and options.format not in _WITHOUT_ALPHA,
        color_scheme=environment.color_scheme,
    )


def still_script(request: RenderRequest) -> str:
    """An expression that stills the page, and finds what `Look.read` takes."""
    return f"[{STILL}, {look_script(request)}][1]"


async def capture_picture(
    page: Page, view: View, options: PictureOptions, work: Work, pixels: int
) -> RawPicture:
    """Draw the page. Raises SelectorNotFoundError, PictureTooLargeError (over `pixels`)."""
    if work.look is None:
        work.look = Look.read(await page.evaluate(still_script(work.request)))
    clip = await _clip(page, view, options, work)
    if clip is not None:
        _check_size(clip, options, pixels)
        await show_clip(page, view, clip)
    data = await page.draw(_screenshot(options))
    drawn = clip or Clip(0, 0, view.width, view.height)
    return RawPicture(data, round(drawn.width * view.scale), round(drawn.height * view.scale))


async def show_clip(page: Page, view: View, clip: Clip) -> None:
    """Look at a part of the page; what lies outside the viewport makes the viewport larger."""
    right, bottom = math.ceil(clip.x + clip.width), math.ceil(clip.y + clip.height)
    if right > view.width or bottom > view.height:
        await freeze_viewport_units(page, view)
    await page.show(
        replace(view, width=max(view.width, right), height=max(view.height, bottom), clip=clip)
    )


async def _clip(page: Page, view: View, options: PictureOptions, work: Work) -> Clip | None:
    if options.selector:
        return await box_of(page, options.selector)
    if not options.full_page:
        return None
    width, height = await page.evaluate(DOCUMENT_SIZE)
    if height > options.max_height:
        work.warn(
            "truncated_height",
            f"The page is {height} px high; the picture ends at maxHeight, {options.max_height}.",
            height=height,
        )
    return Clip(0, 0, max(width, view.width), min(max(height, 1), options.max_height))


async def box_of(page: Page, selector: str) -> Clip:
    """The box of the first element that matches, grown to whole CSS pixels."""
    box = await page.evaluate(BOX_OF, selector)
    if box is not None:
        refuse_invalid(box, selector, "selector")
    if box is None or box["width"] <= 0 or box["height"] <= 0:
        raise SelectorNotFoundError(
            f"No visible element matches the selector {selector!r}. Check its spelling, or whether "
            "a script makes the element only later (waitForSelector)."
        )
    left, top = math.floor(box["x"]), math.floor(box["y"])
    right, bottom = math.ceil(box["x"] + box["width"]), math.ceil(box["y"] + box["height"])
    return Clip(left, top, right - left, bottom - top)


def _check_size(clip: Clip, options: PictureOptions, limit: int) -> None:
    width, height = (round(one * options.device_scale_factor) for one in (clip.width, clip.height))
    most = LARGEST_SIDES.get(options.format)
    if most is not None and max(width, height) > most:
        raise PictureTooLargeError(
            f"The picture would be {width} x {height} pixels, and {options.format} can hold {most} "
            "a side. Lower deviceScaleFactor or maxHeight, or choose another format."
        )
    if width * height > limit:
        raise PictureTooLargeError(
            f"The picture would have {width * height} pixels, more than {limit} "
            "(PLATEN_PICTURE_PIXELS). Lower deviceScaleFactor or maxHeight."
        )


def _screenshot(options: PictureOptions) -> dict[str, object]:
    """What the browser encodes: its fastest PNG, whose pixels are all there, or its JPEG."""
    if drawn_format(options) == "jpeg":
        return {"format": "jpeg", "quality": options.quality, "optimizeForSpeed": True}
    return {"format": "png", "optimizeForSpeed": True}
