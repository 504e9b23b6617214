"""A batch's files into a folder: what is there already is not fetched again."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

from core.leaving import csv_cell
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
    lines = _lines(report)
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
    """Lines of files. Raises RefusedError."""
    csv.field_size_limit(max(len(report), csv.field_size_limit()))  # a cell may hold a picture
    try:
        lines = list(csv.DictReader(io.StringIO(report.decode("utf-8-sig"), newline="")))
        return [
            {"file": _plain(line["file"]), "url": line["url"], "size": str(int(line["size"]))}
            for line in lines
            if line["file"] and line["url"]
        ]
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        text = f"The server's report.csv cannot be read ({error!r}): is it Platen?"
        raise RefusedError(text) from error


def _plain(cell: str) -> str:
    """A cell's text without the mark that keeps spreadsheets from running it as a formula."""
    return cell[1:] if cell == csv_cell(cell[1:]) else cell


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
    if folder.resolve() not in target.parents or target.is_dir():
        raise RefusedError(f"The server names {name[:80]!r}, which is no file within the folder")
    return target
