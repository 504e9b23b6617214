"""The fabric that draws is the one that was fetched, whole and with its licence."""

import hashlib
import re
from pathlib import Path

from renderer.canvas.page import FABRIC

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "renderer" / "canvas"


def test_the_committed_files_have_the_digests_that_were_kept() -> None:
    rows = (FOLDER / "fabric.SHA256SUMS").read_text(encoding="utf-8").split("\n")
    kept = {name: digest for digest, name in (row.split() for row in rows if row)}
    assert set(kept) == {"fabric.min.js", "fabric.LICENSE"}
    for name, digest in kept.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest


def test_the_version_is_the_one_that_the_script_fetches_and_the_file_says() -> None:
    script = (ROOT / "scripts" / "fabric").read_text(encoding="utf-8")
    assert re.search(r"^version=(.+)$", script, re.MULTILINE)[1] == FABRIC  # type: ignore[index]
    assert f"`{FABRIC}`" in (FOLDER / "fabric.min.js").read_text(encoding="utf-8")
