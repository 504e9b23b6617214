"""What fontconfig makes of our file: the same answer on every machine."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

FONTS = Path(__file__).resolve().parents[3] / "fonts"

pytestmark = pytest.mark.skipif(
    not shutil.which("fc-match"), reason="fontconfig's programs missing"
)


def _ask(program: str, *arguments: str) -> str:
    environment = {**os.environ, "FONTCONFIG_FILE": str(FONTS / "fonts.conf")}
    command = [program, *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout


def _family(pattern: str) -> str:
    return _ask("fc-match", "-f", "%{family[0]}", pattern)


@pytest.mark.parametrize(
    ("pattern", "family"),
    [
        ("sans-serif", "Inter"),
        ("serif", "Source Serif 4"),
        ("monospace", "JetBrains Mono"),
        ("system-ui", "Inter"),
        ("Arial", "Arimo"),
        ("Helvetica Neue", "Arimo"),
        ("Georgia", "Source Serif 4"),
        ("Courier New", "JetBrains Mono"),
        ("A Font That Nobody Has", "Inter"),
        ("sans-serif:lang=ar", "Noto Sans Arabic"),
        ("serif:lang=ar", "Amiri"),
        ("serif:lang=he", "Noto Serif Hebrew"),
        ("sans-serif:lang=hi", "Noto Sans Devanagari"),
        ("sans-serif:lang=th", "Noto Sans Thai"),
    ],
)
def test_names_lead_to_our_own_fonts(pattern: str, family: str) -> None:
    assert _family(pattern) == family


@pytest.mark.parametrize(
    ("pattern", "family"),
    [
        ("sans-serif:lang=ja", "Noto Sans CJK JP"),
        ("sans-serif:lang=ko", "Noto Sans CJK KR"),
        ("sans-serif:lang=zh-cn", "Noto Sans CJK SC"),
        ("serif:lang=zh-tw", "Noto Serif CJK TC"),
        ("sans-serif:charset=1f600", "Noto Color Emoji"),
    ],
)
def test_han_takes_the_forms_of_its_language_and_emoji_are_in_colour(
    pattern: str, family: str
) -> None:
    if family not in _ask("fc-list", ":", "family"):
        pytest.skip(f"{family} is not installed on this machine")
    assert _family(pattern) == family


def test_no_other_font_of_the_machine_can_be_chosen() -> None:
    files = {line.partition(":")[0] for line in _ask("fc-list").splitlines()}
    ours = {path for path in files if Path(path).is_relative_to(FONTS)}
    assert len(ours) == len(list(FONTS.glob("*/*.ttf")))
    assert all("CJK" in path or "NotoColorEmoji" in path for path in files - ours)


def test_a_checkout_elsewhere_finds_its_own_fonts(tmp_path: Path) -> None:
    folder = tmp_path / "fonts"
    (folder / "inter").mkdir(parents=True)
    shutil.copy(FONTS / "fonts.conf", folder)
    shutil.copy(FONTS / "inter" / "Inter-Regular.ttf", folder / "inter")
    environment = {
        "PATH": os.environ["PATH"],
        "FONTCONFIG_FILE": str(folder / "fonts.conf"),
        "XDG_CACHE_HOME": str(tmp_path),
    }
    command = ["fc-match", "-f", "%{file}", "sans-serif"]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert found.stdout == str(folder / "inter" / "Inter-Regular.ttf")
