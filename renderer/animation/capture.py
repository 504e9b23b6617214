"""Frames of a settled page at exact times: everything that moves is set to each moment in turn."""

from itertools import pairwise

from renderer.animation.scripts import MOVERS, SEEK, TIMINGS
from renderer.animation.timeline import Timeline, Timing, frame_moments, one_loop
from renderer.captured import RawFrames
from renderer.chromium.page import Page
from renderer.chromium.scripted.tab import PlaywrightTab
from renderer.chromium.view import Clip, View
from renderer.errors import PictureTooLargeError, StaticSourceError
from renderer.picture.capture import box_of, show_clip
from renderer.request import AnimationOptions, Environment
from renderer.settings import RendererSettings
from renderer.work import Work

__all__ = ["animation_view", "capture_frames"]

_SCRIPTED_MS = 3000

_FIRST_CALLBACKS_MS = 20
"""A script draws its first picture in its first animation callback."""

_MOST_BYTES = 256 << 20
"""Of all frames together, which are in memory until they are encoded."""

_FRAME = {"format": "png", "optimizeForSpeed": True}


def animation_view(options: AnimationOptions, environment: Environment) -> View:
    """The viewport in which the page is laid out."""
    return View(options.width, options.height, color_scheme=environment.color_scheme)


async def capture_frames(
    page: Page, view: View, options: AnimationOptions, work: Work, settings: RendererSettings
) -> RawFrames:
    """Draw one loop, or `duration_ms`, of what moves.

    Raises StaticSourceError when nothing does, PictureTooLargeError, SelectorNotFoundError.
    """
    movers = await page.reference(MOVERS)
    found = await page.call(movers, TIMINGS)
    scripted = work.request.environment.javascript
    timeline = _timeline(options, found, work)
    clip = Clip(0, 0, view.width, view.height)
    if options.selector:
        clip = await box_of(page, options.selector)
        await show_clip(page, view, clip)
    width, height = _size(clip, settings.animation_pixels)
    moments = frame_moments(
        timeline.duration_ms, options.frames_per_second, settings.animation_frames
    )
    frames = await _frames(page, movers, timeline, moments, scripted)
    if scripted and len(set(frames)) == 1:
        raise _static()
    delays = tuple(end - start for start, end in pairwise(moments))
    return RawFrames(tuple(frames), delays, width, height)


async def _frames(
    page: Page, movers: str, timeline: Timeline, moments: list[int], scripted: bool
) -> list[bytes]:
    """One picture for each moment but the last, which is when the last picture ends."""
    frames: list[bytes] = []
    size = 0
    if scripted:
        await page.guard(PlaywrightTab.of(page).run_clock(_FIRST_CALLBACKS_MS))
    for before, moment in pairwise([0, *moments[:-1]]):
        if scripted and moment > before:
            await page.guard(PlaywrightTab.of(page).run_clock((moment - before) * 10))
        await page.call(movers, SEEK, timeline.start_ms + moment * 10)
        frames.append(await page.draw(_FRAME))
        size += len(frames[-1])
        _judge(size, len(frames), len(moments) - 1)
    return frames


def _judge(size: int, drawn: int, frames: int) -> None:
    if size > _MOST_BYTES:
        raise PictureTooLargeError(
            f"The first {drawn} of {frames} frames have more than {_MOST_BYTES >> 20} MB, which is "
            "the most for one animation. Make it smaller or shorter, take fewer frames per second, "
            "or leave out photographs and noise."
        )


def _static() -> StaticSourceError:
    return StaticSourceError(
        "Static source: nothing on the page moves by CSS, Web Animations, SVG or scripts. "
        "Add an animation, or ask for a picture instead."
    )


def _timeline(options: AnimationOptions, found: list[dict[str, float]], work: Work) -> Timeline:
    timeline = one_loop(timing for one in found if (timing := Timing.of(one)) is not None)
    if timeline is None and not work.request.environment.javascript:
        raise _static()
    if options.duration_ms is not None:
        return Timeline(timeline.start_ms if timeline else 0, options.duration_ms)
    if timeline is None:
        work.warn(
            "loop_unknown",
            f"Scripts move the page, and where they begin again cannot be seen: {_SCRIPTED_MS} ms "
            "were recorded. Say duration.",
        )
        return Timeline(0, _SCRIPTED_MS)
    if not timeline.exact:
        work.warn(
            "loop_cut",
            f"A whole loop would be longer than 30 s; this one is {timeline.duration_ms:.0f} ms. "
            "Say duration, or give the animations periods with a common multiple.",
        )
    return timeline


def _size(clip: Clip, limit: int) -> tuple[int, int]:
    width, height = round(clip.width), round(clip.height)
    if width * height > limit:
        raise PictureTooLargeError(
            f"A frame would have {width * height} pixels, more than {limit} "
            "(PLATEN_ANIMATION_PIXELS). Make the animation smaller."
        )
    return width, height
