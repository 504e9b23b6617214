import io
import zipfile
from pathlib import Path

import pytest

from jobs.batch.results.names import Names
from jobs.batch.results.zip_stream import ZipStream


def own(index: int = 0, layout: str = "default") -> dict[str, object]:
    return {"index": index, "row": index, "layout": layout, "format": "png"}


@pytest.mark.parametrize(
    ("pattern", "variables", "name"),
    [
        (None, {}, "00007.png"),
        ("{{ sku }}", {"sku": "00123"}, "00123.png"),
        ("{brand}/{sku:3}", {"brand": "A/B", "sku": 5}, "A-B/005.png"),
        ("{missing}", {}, "00007.png"),
        ("card.png", {}, "card.png"),
        ("../{x}/..", {"x": ".."}, "00007.png"),
        ("{x}", {"x": "nul"}, "_nul.png"),
        ("{x}", {"x": "a\r\nb\u202egnp.exe"}, "abgnp.exe.png"),
        ("{layout}-{format}", {}, "default-png.png"),
    ],
)
def test_names_come_from_the_pattern_and_are_safe(
    pattern: str | None, variables: dict[str, object], name: str
) -> None:
    assert Names(pattern).take(own(7), variables, "png") == name


def test_equal_names_are_counted_up() -> None:
    names = Names("x")
    assert [names.take(own(n), {}, "png") for n in range(3)] == ["x.png", "x-2.png", "x-3.png"]


def test_M07_more_entries_than_an_old_archive_may_have() -> None:
    zipped = ZipStream(1_700_000_000_000_000)
    pieces = [piece for n in range(70_000) for piece in zipped.entry(f"{n}.txt", b"%d" % n)]
    pieces += zipped.end()
    zipped.close()
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as found:
        assert len(found.namelist()) == 70_000
        assert found.read("69999.txt") == b"69999"


@pytest.mark.full
def test_M07_an_archive_of_more_than_four_gigabytes(tmp_path: Path) -> None:
    path, big = tmp_path / "big.zip", bytes(64 << 20)
    zipped = ZipStream(1_700_000_000_000_000)
    with path.open("wb") as file:  # zeros are skipped, so that the file takes no room
        for n in range(68):
            head, _ = zipped.entry(f"{n}.bin", big)
            file.write(head)
            file.seek(len(big), io.SEEK_CUR)
        for piece in (*zipped.entry("last.txt", b"the last"), *zipped.end()):
            file.write(piece)
    zipped.close()
    with zipfile.ZipFile(path) as found:
        assert found.read("last.txt") == b"the last"
        assert found.getinfo("67.bin").file_size == len(big)
