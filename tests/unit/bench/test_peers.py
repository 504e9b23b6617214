"""What the bench installs: named exactly, from wherever the user's own registry is."""

import json
import re
from pathlib import Path

import pytest

PEERS = Path(__file__).resolve().parents[3] / "bench" / "peers"
LOCKS = ("package.json", "package-lock.json", "html2image.txt")


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_file_holds_an_address(name: str) -> None:
    text = (PEERS / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert '"resolved"' not in text


def test_every_locked_package_of_node_has_a_version_and_a_digest() -> None:
    lock = json.loads((PEERS / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert len(packages) > 100
    assert all(one["version"] and one["integrity"] for one in packages.values())


def test_the_lock_is_that_of_the_package_file() -> None:
    wanted = json.loads((PEERS / "package.json").read_text(encoding="utf-8"))["dependencies"]
    lock = json.loads((PEERS / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert lock[""]["dependencies"] == wanted
    assert {name: lock[f"node_modules/{name}"]["version"] for name in wanted} == wanted


def test_every_python_package_is_pinned() -> None:
    lines = (PEERS / "html2image.txt").read_text(encoding="utf-8").splitlines()
    assert lines
    assert all(re.fullmatch(r"[a-z0-9-]+==[\d.]+", line) for line in lines)
