"""From frames to a GIF: one palette over all frames, and each frame's exact time."""

import asyncio
import io
import tempfile
from pathlib import Path

from PIL import Image

from renderer.animation.ffmpeg import find_ffmpeg, run_ffmpeg
from renderer.animation.gif import with_delays
from renderer.captured import RawFrames
from renderer.request import AnimationOptions
from renderer.seal import Drawn
from renderer.settings import RendererSettings

__all__ = ["encode_animation"]

_FLAT_COLOURS = 4096
"""A frame with fewer colours is flat artwork, which looks best without dithering."""

_AT_ONCE_PIXELS = 60_000_000
"""ffmpeg keeps all frames while it makes a palette; more than so many are read twice instead."""

_PIPE = ("-f", "image2pipe", "-c:v", "png", "-framerate", "50", "-i", "-")
_GIF = ("-f", "gif", "-fps_mode", "passthrough", "-fflags", "+bitexact")


async def encode_animation(
    raw: RawFrames, options: AnimationOptions, settings: RendererSettings
) -> Drawn:
    """The GIF's bytes: the same for the same frames."""
    program = find_ffmpeg(settings.ffmpeg)
    flat = await asyncio.to_thread(_is_flat, raw.frames[len(raw.frames) // 2])
    data = await _encode(program, raw, options, flat)
    duration_cs = sum(raw.delays_cs)
    return Drawn(
        with_delays(data, raw.delays_cs),
        "gif",
        raw.width,
        raw.height,
        frames=len(raw.frames),
        duration_ms=duration_cs * 10,
        frames_per_second=round(len(raw.frames) * 100 / duration_cs, 3),
    )


async def _encode(program: str, raw: RawFrames, options: AnimationOptions, flat: bool) -> bytes:
    make = f"palettegen=max_colors={options.colors}:stats_mode=full"
    use = f"paletteuse=dither={'none' if flat else 'bayer:bayer_scale=4'}:diff_mode=rectangle"
    loop = ("-loop", str(options.loop))
    if len(raw.frames) * raw.width * raw.height <= _AT_ONCE_PIXELS:
        graph = f"[0:v]format=rgb24,split[a][b];[a]{make}[p];[b][p]{use}"
        return await run_ffmpeg(
            program, [*_PIPE, "-filter_complex", graph, *loop, *_GIF, "-"], raw.frames
        )
    with tempfile.TemporaryDirectory(prefix="platen-palette-") as directory:
        palette = Path(directory) / "palette.png"
        await run_ffmpeg(
            program,
            [*_PIPE, "-vf", f"format=rgb24,{make}", "-update", "1", str(palette)],
            raw.frames,
        )
        graph = f"[0:v]format=rgb24[b];[b][1:v]{use}"
        arguments = [*_PIPE, "-i", str(palette), "-filter_complex", graph, *loop, *_GIF, "-"]
        return await run_ffmpeg(program, arguments, raw.frames)


def _is_flat(png: bytes) -> bool:
    with Image.open(io.BytesIO(png)) as frame:
        return frame.convert("RGB").getcolors(_FLAT_COLOURS) is not None
