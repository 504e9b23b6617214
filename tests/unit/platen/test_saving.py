"""The files of a batch in a folder, whatever a server's report says."""

from pathlib import Path

import httpx2
import pytest

from jobs.batch.results.report import HEADER, spreadsheet_line
from platen.batch.client import BatchClient, RefusedError
from platen.batch.saving import save_files
from platen.batch.state import BatchState


def report(*names: str) -> bytes:
    """As the service writes it, with a cell that holds a picture."""
    lines = [
        {"file": name, "url": f"http://else.where/files/{at}.png", "size": 3}
        for at, name in enumerate(names)
    ]
    rows = [[*(line.get(name, "") for name in HEADER), "x" * 200_000] for line in lines]
    return "".join(spreadsheet_line(row) for row in [[*HEADER, "variables.photo"], *rows]).encode()


def answer(told: bytes) -> httpx2.MockTransport:
    def answered(request: httpx2.Request) -> httpx2.Response:
        assert request.url.host == "platen.test"
        if request.url.path.endswith("report.csv"):
            return httpx2.Response(200, content=told)
        return httpx2.Response(200, content=b"png")

    return httpx2.MockTransport(answered)


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


async def save(folder: Path, told: bytes) -> int:
    state = BatchState(job="j", template_uid="t", submission="s", batch_id="bat_1")
    async with httpx2.AsyncClient(base_url="http://platen.test", transport=answer(told)) as http:
        return await save_files(BatchClient(http), state, folder, lambda *_: None)


async def test_files_have_the_names_that_they_have_in_the_archive(tmp_path: Path) -> None:
    names = {"=1+2.png", "-x.png", "'q.png", "set/@x.png"}
    assert await save(tmp_path, report(*sorted(names))) == 4
    assert files(tmp_path) == {*names, "report.csv", ".platen-batch.json"}


@pytest.mark.parametrize("name", ["../out.png", "/etc/out.png", ".", "a/..", "a/../../out.png"])
async def test_a_server_writes_nothing_outside_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(RefusedError, match="no file within the folder"):
        await save(folder, report(name))
    assert files(tmp_path) == {"out/report.csv"}


@pytest.mark.parametrize("told", [b"file,url,size\r\na.png,u,many", b"\xff"])
async def test_what_is_no_report_is_one_sentence(tmp_path: Path, told: bytes) -> None:
    with pytest.raises(RefusedError, match=r"report\.csv cannot be read"):
        await save(tmp_path, told)
