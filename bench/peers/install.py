"""Bringing the peers, into a folder that git does not see; a second run finds them there."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.contender import UnavailableError

__all__ = ["html2image_python", "node_folder", "wkhtmltoimage"]

_HERE = Path(__file__).resolve().parent
_CACHE = Path(os.environ.get("BENCH_PEERS") or _HERE.parents[1] / "out" / "bench-peers")
_SECONDS = 600


def node_folder() -> Path:
    """Where Node's peers are installed with our servers beside them. Raises UnavailableError."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise UnavailableError("Node and npm are not installed")
    folder = _CACHE / "node"
    folder.mkdir(parents=True, exist_ok=True)
    for source in (*_HERE.glob("*.mjs"), *_HERE.glob("package*.json")):
        shutil.copy(source, folder)
    lock = _HERE / "package-lock.json"
    command = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    _once(folder, lock, [command])
    return folder


def html2image_python() -> Path:
    """The Python of a virtual environment that has html2image. Raises UnavailableError."""
    folder = _CACHE / "html2image"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = _HERE / "html2image.txt"
    python = folder / "venv" / "bin" / "python"
    pip = (str(python), "-m", "pip", "install", "-q", "--no-deps", "-r", str(wanted))
    _once(folder, wanted, [(sys.executable, "-m", "venv", "venv"), pip])
    return python


def wkhtmltoimage() -> str:
    """The program, brought by apt where we may. Raises UnavailableError."""
    if not shutil.which("wkhtmltoimage"):
        apt = shutil.which("apt-get")
        if not apt or os.geteuid():
            raise UnavailableError("install the package wkhtmltopdf, or run the bench as root")
        _run((apt, "install", "-y", "--no-install-recommends", "wkhtmltopdf"), _HERE)
    found = shutil.which("wkhtmltoimage")
    if not found:
        raise UnavailableError("the package wkhtmltopdf has no wkhtmltoimage here")
    return found


def _once(folder: Path, wanted: Path, commands: list[tuple[str, ...]]) -> None:
    """Run the commands unless they ran for these same contents before."""
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
    mark = folder / ".installed"
    if mark.is_file() and mark.read_text() == digest:
        return
    print(f"installing peers of the bench: {folder.name}", file=sys.stderr)
    for command in commands:
        _run(command, folder)
    mark.write_text(digest)


def _run(command: tuple[str, ...], folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"{command[0]} failed: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise UnavailableError(f"{' '.join(command[:3])} failed: {said[-1] if said else ''}")
