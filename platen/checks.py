"""What `platen doctor` looks at, one function per part."""

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import make_url, text

from core.artifacts import Artifacts, open_store
from core.database import Database
from core.settings import CoreSettings, SettingsError
from platen.data_folder import DataFolder
from platen.drawing import build_drawing
from platen.embedded import find_program
from platen.settings import ServerSettings, Settings
from renderer.settings import RendererSettings

__all__ = [
    "Finding",
    "check_browser",
    "check_database",
    "check_ffmpeg",
    "check_folder",
    "check_fonts",
    "check_pages",
    "check_queue",
    "check_secret",
    "check_store",
]

_SCRIPTS = {
    "sans-serif:lang=ja": "fonts-noto-cjk",
    "emoji": "fonts-noto-color-emoji",
}
"""What our own fonts leave to the system -> Debian's package that has it."""


_LARGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/hugepages-64kB")
"""The kernel's switches for memory in pieces of 64 kB, since Linux 6.8."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found. `mend`: what to do about it."""

    state: Literal["good", "odd", "bad"]
    text: str
    mend: str = ""


async def check_folder(settings: Settings) -> Finding:
    """The data folder can be made and written."""
    folder = settings.of(CoreSettings).data_dir
    try:
        await asyncio.to_thread(DataFolder(folder).prepare)
    except SettingsError as error:
        return Finding("bad", str(error))
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < 500:
        return Finding("odd", f"{folder} has {free} MB left", "Make room, or choose another.")
    return Finding("good", f"{folder}, {free // 1000} GB free")


async def check_database(settings: Settings) -> Finding:
    """The database answers; SQLite's file is whole."""
    url = settings.of(CoreSettings).database
    db = Database(url)
    query = "PRAGMA quick_check" if db.dialect == "sqlite" else "SELECT version()"
    try:
        async with db.read() as conn:
            answer = str((await conn.execute(text(query))).scalar_one())
    finally:
        await db.close()
    shown = unquote(make_url(url).render_as_string(hide_password=True))
    if db.dialect == "sqlite" and answer != "ok":
        return Finding("bad", f"{shown} is damaged: {answer}", "Restore it from a backup.")
    return Finding("good", shown)


async def check_secret(settings: Settings) -> Finding:
    """There is a key to encrypt the credentials of bindings with, the same in every process."""
    core = settings.of(CoreSettings)
    if core.secret is not None:
        return Finding("good", "PLATEN_SECRET_KEY encrypts the credentials of bindings")
    if core.key_dir is not None:
        return Finding("good", f"secret.key in {core.key_dir}, made when it is first needed")
    return Finding(
        "odd",
        "the database is not this machine's own and there is no PLATEN_SECRET_KEY: bindings with "
        "credentials cannot be saved",
        "Set PLATEN_SECRET_KEY, the same in every process.",
    )


async def check_queue(settings: Settings) -> Finding:
    """The named server answers, or there is a program to start one of our own."""
    url = settings.of(ServerSettings).redis_url
    if not url:
        program = find_program()
        if program is None:
            return Finding(
                "bad", "no server program", "Install valkey-server, or set PLATEN_REDIS_URL."
            )
        return Finding("good", f"embedded, {program}")
    client = Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3)
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        return Finding("bad", f"no answer: {error}", "Start it, or mend PLATEN_REDIS_URL.")
    finally:
        await client.aclose()
    return Finding("good", "answers")


async def check_store(settings: Settings) -> Finding:
    """An object can be written, read and deleted."""
    core = settings.of(CoreSettings)
    db = Database(core.database)
    try:
        await Artifacts(db, open_store(core.storage_url, core.artifacts_dir), "").probe()
    finally:
        await db.close()
    return Finding("good", core.storage_url or str(core.artifacts_dir))


async def check_fonts(settings: Settings) -> Finding:
    """Our fontconfig file is there, and the system has what our own fonts lack."""
    config = settings.of(RendererSettings).fontconfig
    if not config.is_file():
        return Finding("bad", f"{config} is missing", "Restore the folder fonts/ of the checkout.")
    program = shutil.which("fc-match")
    if program is None:
        return Finding("odd", "fc-match is missing: fonts were not checked", "Install fontconfig.")
    sans = await _font(program, config, "sans-serif")
    missing = [
        package
        for pattern, package in _SCRIPTS.items()
        if "noto" not in (await _font(program, config, pattern)).lower()
    ]
    if missing:
        packages = " ".join(missing)
        return Finding(
            "odd",
            "some of Chinese, Japanese, Korean and emoji would be empty boxes",
            f"apt-get install {packages}",
        )
    return Finding("good", f"sans-serif is {sans}; CJK and emoji are there")


async def check_pages(_: Settings) -> Finding:
    """The kernel gives the browsers' pictures memory in large pieces, where it can."""
    switches = [_LARGE_PAGES / "enabled", _LARGE_PAGES / "shmem_enabled"]
    base = os.sysconf("SC_PAGE_SIZE") // 1024
    if not all(switch.is_file() for switch in switches):
        return Finding("good", f"{base} kB; this kernel offers no choice")
    off = [switch for switch in switches if not _always(switch)]
    if off:
        return Finding(
            "odd",
            f"{base} kB: with pages of 64 kB pictures cost less processor time (docs/tuning.md)",
            f"As root: echo always | tee {' '.join(map(str, off))}",
        )
    return Finding("good", "64 kB")


def _always(switch: Path) -> bool:
    """Whether a switch is on, by itself or by the one for all sizes that it inherits."""
    chosen = switch.read_text()
    above = switch.parent.parent / switch.name
    inherits = "[inherit]" in chosen and above.is_file()
    return "[always]" in (above.read_text() if inherits else chosen)


async def check_ffmpeg(settings: Settings) -> Finding:
    """There is an ffmpeg, which makes animations."""
    named = settings.of(RendererSettings).ffmpeg
    found = str(named) if named and named.is_file() else shutil.which("ffmpeg")
    if found is None:
        return Finding("bad", "no ffmpeg: no animation can be made", "apt-get install ffmpeg")
    answer = await _output(found, "-version")
    return Finding("good", answer.splitlines()[0] if answer else found)


async def check_browser(settings: Settings) -> Finding:
    """A browser starts, keeps its sandbox and makes a tiny real render, in the jail and out."""
    drawing = build_drawing(settings)
    try:
        await drawing.renderer.start()
        await drawing.renderer.probe()
        sandbox = drawing.renderer.pressure().sandbox
    finally:
        await drawing.close()
    if not sandbox:
        return Finding(
            "odd",
            "renders, but WITHOUT its sandbox",
            "Unset PLATEN_ALLOW_NO_SANDBOX where user namespaces work.",
        )
    return Finding("good", "renders, sandbox on")


async def _font(program: str, config: Path, pattern: str) -> str:
    environment = {**os.environ, "FONTCONFIG_FILE": str(config)}
    return await _output(program, "-f", "%{family}", pattern, env=environment)


async def _output(*command: str, env: dict[str, str] | None = None) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=env,
    )
    out, _ = await process.communicate()
    return out.decode(errors="replace").strip()
