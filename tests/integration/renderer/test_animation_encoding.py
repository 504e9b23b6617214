"""Frames on their way to a GIF: how many ffmpegs run, what they are given, and how they end."""

import asyncio
import io
from itertools import repeat

import numpy as np
import psutil
import pytest
from PIL import Image
from support.rendering import asked
from support.site import until

from core.errors import InternalError
from renderer.animation.ffmpeg import find_ffmpeg, run_ffmpeg
from renderer.captured import RawFrames
from renderer.jail import Jail
from renderer.outputs import encode
from renderer.picture.encoders import Encoders
from renderer.request import AnimationOptions
from renderer.settings import RendererSettings
from renderer.work import Work

READ = ("-f", "image2pipe", "-c:v", "png", "-i", "-")
GIF = ("-f", "gif", "-")


def _noise() -> bytes:
    out = io.BytesIO()
    pixels = np.random.default_rng(7).integers(0, 255, (300, 400, 3), np.uint8)
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def _ffmpegs() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if one.name().startswith("ffmpeg")]


async def test_few_animations_are_encoded_at_once_and_the_others_wait() -> None:
    raw, options = RawFrames((_noise(),) * 30, (10,) * 30, 400, 300), AnimationOptions()
    encoders, jail, most = Encoders(2), Jail(), 0

    async def one() -> bytes:
        work = Work(asked("", options), deadline=float("inf"), captured=[raw])
        return (await encode(work, RendererSettings(), jail, encoders)).data

    tasks = [asyncio.create_task(one()) for _ in range(6)]
    await until(lambda: encoders.waiting == 4)
    while encoders.waiting or not all(task.done() for task in tasks):
        most = max(most, len(_ffmpegs()))
        await asyncio.sleep(0.01)
    encoders.close()
    assert most == 2
    assert len({task.result() for task in tasks}) == 1


async def test_ffmpeg_is_given_one_frame_after_the_other_and_may_have_enough() -> None:
    arguments = [*READ, "-frames:v", "3", *GIF]
    data = await run_ffmpeg(find_ffmpeg(None), arguments, repeat(_noise()))
    assert getattr(Image.open(io.BytesIO(data)), "n_frames", 1) == 3


async def test_what_is_no_picture_is_an_error_of_ours_with_ffmpegs_words() -> None:
    with pytest.raises(InternalError) as caught:
        await run_ffmpeg(find_ffmpeg(None), [*READ, *GIF], [b"no picture"] * 9)
    assert "Invalid data" in caught.value.private


async def test_cancelling_ends_ffmpeg_in_the_midst_of_its_frames() -> None:
    task = asyncio.create_task(run_ffmpeg(find_ffmpeg(None), [*READ, *GIF], repeat(_noise())))
    await until(_ffmpegs)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not _ffmpegs()
