"""A batch's files into a folder: what is there already is not fetched again."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

from platen.batch.client import BatchClient, RefusedError
from platen.batch.state import BatchState

__all__ = ["save_files"]

_OFTEN = 50
"""Files after which the state is written."""


async def save_files(
    client: BatchClient, state: BatchState, folder: Path, step: Callable[[int, int], None]
) -> int:
    """Write `report.csv` and every file that is missing; the number of files that were fetched.

    `step` is told how many of how many are there. Raises RefusedError, OSError.
    """
    report = await client.report(state.batch_id)
    (folder / "report.csv").write_bytes(report)
    lines = [line for line in _lines(report) if line["file"] and line["url"]]
    fetched = 0
    for number, line in enumerate(lines, 1):
        target = _inside(folder, line["file"])
        if not _is_there(state, target, line):
            await _fetch(client, line["url"], target)
            fetched += 1
            state.files[line["file"]] = line["url"]
            if fetched % _OFTEN == 0:
                state.write(folder)
        step(number, len(lines))
    state.write(folder)
    return fetched


def _lines(report: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(report.decode("utf-8-sig"), newline="")))


def _is_there(state: BatchState, target: Path, line: dict[str, str]) -> bool:
    """By name, origin and size: a row that was mended has another artifact."""
    known = state.files.get(line["file"]) == line["url"]
    return known and target.is_file() and target.stat().st_size == int(line["size"])


async def _fetch(client: BatchClient, url: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    part.write_bytes(await client.file(url))
    part.replace(target)


def _inside(folder: Path, name: str) -> Path:
    """The file's place. A server that is not ours must not write outside of the folder."""
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise RefusedError(f"The server names a file outside of the folder: {name[:80]!r}")
    return target
