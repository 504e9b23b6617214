"""ffmpeg as a child that reads pictures and writes one file, both through pipes."""

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import Process
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from core.errors import InternalError, TempSpaceError
from renderer.errors import EngineUnavailableError

__all__ = ["find_ffmpeg", "run_ffmpeg"]


def find_ffmpeg(given: Path | None) -> str:
    """The program: the given one, the one on PATH, imageio-ffmpeg's. EngineUnavailableError."""
    if found := (shutil.which(str(given)) if given else shutil.which("ffmpeg")):
        return found
    with suppress(ImportError, RuntimeError):
        import imageio_ffmpeg  # pyright: ignore[reportMissingImports]  # an extra, may be absent

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    raise EngineUnavailableError(
        "Animations need ffmpeg, and there is none. Install ffmpeg or set PLATEN_FFMPEG."
    )


async def run_ffmpeg(program: str, arguments: Sequence[str], given: Iterable[bytes]) -> bytes:
    """What ffmpeg writes to its standard output for `given`, which it gets piece by piece.

    Cancelling kills it.
    """
    child = await asyncio.create_subprocess_exec(
        program,
        *("-hide_banner", "-loglevel", "error", "-nostdin", "-y"),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ.get("PATH", "")},
        start_new_session=True,
    )
    try:
        out, complaint = await _exchange(child, given)
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await asyncio.shield(child.wait())
        raise
    if child.returncode and b"No space left on device" in complaint:
        raise TempSpaceError(
            "There is no room for the animation's palette: send the request again in a moment",
            retry_after=5,
        )
    if child.returncode:
        raise InternalError(
            "The animation could not be encoded.",
            private=complaint.decode(errors="replace")[-2000:],
        )
    return out


async def _exchange(child: Process, given: Iterable[bytes]) -> tuple[bytes, bytes]:
    """Its output and its complaints, when it has ended."""
    if child.stdin is None or child.stdout is None or child.stderr is None:
        raise TypeError("ffmpeg is to be spoken with through pipes")
    out, complaint, _ = await asyncio.gather(
        child.stdout.read(), child.stderr.read(), _feed(child.stdin, given)
    )
    await child.wait()
    return out, complaint


async def _feed(pipe: asyncio.StreamWriter, given: Iterable[bytes]) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):  # it has ended, and says why
        for piece in given:
            pipe.write(piece)
            await pipe.drain()
    pipe.close()
