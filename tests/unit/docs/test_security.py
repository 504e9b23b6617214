"""The threat model names tests that exist, targets that exist and settings that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = {
    row.split("**")[1]: row.strip("| ").rsplit(" | ", 1)[1]
    for row in re.findall(r"^\| \*\*.*$", TEXT, re.MULTILINE)
}
_TEST = re.compile(r"^(?:async )?def (test_\w+)\(", re.MULTILINE)


def _tests_in(place: Path) -> set[str]:
    files = [place] if place.is_file() else place.rglob("test_*.py")
    return {name for file in files for name in _TEST.findall(file.read_text(encoding="utf-8"))}


def test_the_table_of_threats_is_there() -> None:
    assert len(ROWS) > 12


@pytest.mark.parametrize("threat", ROWS)
def test_every_threat_names_tests_that_exist(threat: str) -> None:
    named = re.findall(r"`([^`]+)`", ROWS[threat])
    places = [ROOT / name for name in named if "/" in name]
    assert places
    assert [str(place) for place in places if not place.exists()] == []
    there: set[str] = set().union(*map(_tests_in, places))
    assert there
    assert {name for name in named if "/" not in name} <= there


def test_every_make_target_and_setting_of_the_page_exists() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`make ([a-z]+)`", TEXT)) <= set(targets)
    settings = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    for name in re.findall(r"PLATEN_[A-Z_]+", TEXT):
        assert name in settings, name
