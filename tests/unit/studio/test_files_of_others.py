"""What pages load is what was taken from npm, with its licence beside it."""

import hashlib
import re
from pathlib import Path

import pytest

from studio.view import CONTENT_POLICY

STUDIO = Path(__file__).resolve().parents[3] / "studio"
VENDOR = STUDIO / "static" / "vendor"


def test_the_digests_name_every_file_and_are_true() -> None:
    listed = dict(
        reversed(line.split("  ./")) for line in (VENDOR / "SHA256SUMS").read_text().splitlines()
    )
    there = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "SHA256SUMS"
    }
    assert listed == there
    assert {"htmx.LICENSE", "pico.LICENSE"} <= there.keys()


def test_the_script_takes_exact_versions() -> None:
    script = (STUDIO.parent / "scripts" / "static").read_text()
    taken = re.findall(r"^take (\S+)@(\S+)", script, re.MULTILINE)
    assert [name for name, _ in taken] == ["htmx.org", "@picocss/pico"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for _, version in taken)


def test_the_policy_allows_nothing_inline_and_nobody_else() -> None:
    assert "unsafe" not in CONTENT_POLICY
    assert not re.search(r"https?:|\*", CONTENT_POLICY)
    assert "default-src 'none'" in CONTENT_POLICY


@pytest.mark.parametrize("view", sorted((STUDIO / "views").rglob("*.html")), ids=lambda p: p.name)
def test_a_view_has_nothing_inline_and_escapes_everything(view: Path) -> None:
    text = view.read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style|javascript:", text)
    assert not re.search(r"\|\s*safe\b|autoescape|hx-on|hx-vals=.js:|Markup", text)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)
