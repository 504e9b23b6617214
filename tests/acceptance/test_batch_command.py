"""`platen batch` as people type it: without a server and against one, stopped and gone on with."""

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from support.service import ROOT, Service

CARD = (
    "<style>body{margin:0;font:700 40px sans-serif;background:#def}</style>"
    "<h1>{{ title }}</h1><p>{{ 100 // (share | int) }}</p>"
)


class Command:
    """Runs the command in a folder of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.arguments = arguments
        (folder / "card.html").write_text(CARD)

    def table(self, count: int, broken: int | None = None) -> None:
        rows = [(f"Card {n}", 0 if n == broken else n + 1) for n in range(count)]
        lines = ["Title;Share", *(f"{title};{share}" for title, share in rows)]
        (self.folder / "rows.csv").write_text("\n".join(lines))

    def start(self, *options: str) -> subprocess.Popen[str]:
        # The sandbox is the last resort's business, as in every test.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PLATEN_")}
        kept = {k: v for k, v in os.environ.items() if k.startswith(("PLATEN_CHR", "PLATEN_ALLOW"))}
        return subprocess.Popen(
            [sys.executable, "-m", "platen", "batch", *self.arguments, *options],
            cwd=self.folder,
            env=environment | kept | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *options: str) -> tuple[int, str]:
        process = self.start(*options)
        output, _ = process.communicate(timeout=100)
        return process.returncode, output

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def pictures(self) -> list[str]:
        return sorted(path.name for path in self.out.glob("*.jpg"))

    def report(self) -> list[dict[str, str]]:
        text = (self.out / "report.csv").read_text(encoding="utf-8-sig")
        return list(csv.DictReader(text.splitlines()))


def renders(out: Path) -> int:
    with sqlite3.connect(f"file:{out / '.platen' / 'platen.db'}?mode=ro", uri=True) as database:
        return int(database.execute("SELECT count(*) FROM renders").fetchone()[0])


def wait_for_renders(out: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not (out / ".platen-batch.json").is_file() or renders(out) < 3:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_table_is_rendered_without_a_server_and_goes_on_after_ctrl_c(tmp_path: Path) -> None:
    options = ("--format", "jpg", "--width", "320", "--height", "180", "--browsers", "1")
    command = Command(tmp_path, "card.html", "rows.csv", "--filename", "{title}", *options)
    command.table(100, broken=7)
    process = command.start()
    wait_for_renders(command.out, process)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert (process.returncode, "Paused" in output) == (130, True), output
    before = renders(command.out)
    assert before < 99, "all was over before it was stopped"
    code, output = command.run()
    assert code == 3, output
    assert "99 of 100 rendered" in output
    assert command.pictures() == sorted(f"Card {n}.jpg" for n in range(100) if n != 7)
    assert renders(command.out) == 99, "something was rendered twice"
    (failed,) = [line for line in command.report() if line["status"] == "failed"]
    assert (failed["row"], failed["variables.title"]) == ("7", "Card 7")


def test_a_table_is_rendered_by_a_server_and_only_what_is_missing_is_fetched_again(
    service: Service, client: httpx2.Client, tmp_path: Path
) -> None:
    body = {"name": "Card", "html": CARD, "width": 320, "height": 180}
    uid = client.post("/templates", json=body).json()["template"]["uid"]
    where = ("--server", service.url, "--key", service.key, "--format", "jpg")
    command = Command(tmp_path, uid, "rows.csv", *where, "--map", "title=Title")
    command.table(4)
    code, output = command.run("--map", "share=Share", "--dry-run")
    assert (code, "4 rows, 0 of them do not fit" in output) == (0, True), output
    code, output = command.run("--map", "share=Share")
    assert (code, "4 of 4 rendered, 4 new" in output) == (0, True), output
    assert command.pictures() == ["00000.jpg", "00001.jpg", "00002.jpg", "00003.jpg"]
    (command.out / "00002.jpg").unlink()
    code, output = command.run("--map", "share=Share")
    assert (code, "4 of 4 rendered, 1 new" in output) == (0, True), output
    assert json.loads((command.out / ".platen-batch.json").read_text())["complete"] is True
    command.table(5)
    code, output = command.run("--map", "share=Share")
    assert (code, "--restart" in output) == (1, True), output


def test_a_mapping_leaves_the_other_columns_what_they_are(tmp_path: Path) -> None:
    command = Command(tmp_path, "card.html", "rows.csv", "--map", "title=Headline")
    (tmp_path / "rows.csv").write_text("Headline;Share;sku;Title\nA;1;a-1;no\nB;2;b-2;no\n")
    options = ("--format", "jpg", "--width", "320", "--height", "180", "--browsers", "1")
    code, output = command.run("--filename", "{sku}", *options)
    assert (code, "2 of 2 rendered" in output) == (0, True), output
    assert command.pictures() == ["a-1.jpg", "b-2.jpg"]
    drawn = [(line["variables.title"], line["variables.share"]) for line in command.report()]
    assert drawn == [("A", "1"), ("B", "2")]


def test_a_dry_run_tells_columns_that_are_used_from_likely_ones(
    service: Service, client: httpx2.Client, tmp_path: Path
) -> None:
    body = {"name": "Card", "html": CARD, "width": 320, "height": 180}
    uid = client.post("/templates", json=body).json()["template"]["uid"]
    command = Command(tmp_path, uid, "rows.csv", "--server", service.url, "--key", service.key)
    (tmp_path / "rows.csv").write_text("Card title;Share\nA;1\n")
    code, output = command.run("--map", "share=Share", "--dry-run")
    said = [line.split(maxsplit=1) for line in output.splitlines()[1:]]
    assert code == 0, output
    assert said == [
        ["variable", "column      used"],
        ["title", "Card title  no, only likely: say --map 'title=Card title'"],
        ["share", "Share       yes"],
    ]
    code, output = command.run("--map", "title=Card title", "--dry-run")
    assert code == 0, output
    assert ["share", "Share", "yes"] in [line.split() for line in output.splitlines()]


def test_why_a_batch_failed_as_a_whole_is_one_sentence(
    start_service: Callable[..., Service], tmp_path: Path
) -> None:
    service = start_service(environment={"PLATEN_BATCH_MAX_ROWS": "120"})
    where = ("--server", service.url, "--key", service.key, "--format", "jpg", "--width", "320")
    command = Command(tmp_path, "card.html", "rows.csv", *where, "--height", "180")
    command.table(121)
    for options in ((), (), ("--dry-run",)):
        code, output = command.run(*options)
        assert code == 1, output
        assert "platen: The table makes more than 120 items" in output
        assert "Run this again" not in output


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--server", "http://127.0.0.1:9"), "--key"),
        (("--server", "http://127.0.0.1:9", "--key", "pk_x"), "was not reached"),
        (("--map", "title"), "variable=column"),
    ],
)
def test_what_cannot_work_is_one_sentence(
    tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    command = Command(tmp_path, "tpl_x", "rows.csv", *options)
    command.table(1)
    code, output = command.run()
    assert code in {1, 2}, output
    assert told in output
    assert "Traceback" not in output
