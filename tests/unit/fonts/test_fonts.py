"""The fonts that everybody gets: complete, licensed, listed by hash, and able to write."""

import hashlib
import io
import unicodedata
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parents[3] / "fonts"
FILES = sorted(FONTS.glob("*/*.ttf"))
FAMILIES = sorted(path for path in FONTS.iterdir() if path.is_dir())
SYSTEM = {"Noto Sans CJK", "Noto Serif CJK", "Noto Sans Mono CJK", "Noto Color Emoji"}
GENERIC = {"sans-serif", "serif", "monospace"}

WRITINGS = {
    "Latin": ("Zażółć gęślą jaźń, Đặng Thị Ngọc, Þórður, Yıldız, €£₹", "inter source-serif-4 jetbrains-mono arimo"),
    "Greek": ("Ξεσκεπάζω τὴν ψυχοφθόρα βδελυγμία", "inter"),
    "Greek, plain": ("Ξεσκεπάζω την ψυχοφθόρα βδελυγμία", "source-serif-4 jetbrains-mono arimo"),
    "Cyrillic": ("Съешь же ещё этих булок; Україна, Љубав", "inter source-serif-4 jetbrains-mono arimo"),
    "Arabic": ("عَلى قَدرِ أَهلِ العَزمِ تَأتي العَزائِمُ ٩٥٤", "noto-sans-arabic amiri"),
    "Hebrew": ("דג סקרן שט בים מאוכזב, שָׁלוֹם", "noto-sans-hebrew noto-serif-hebrew"),
    "Devanagari": ("ऋषियों को सताने वाले दुष्ट राक्षसों के राजा ९५४", "noto-sans-devanagari noto-serif-devanagari"),
    "Thai": ("เป็นมนุษย์สุดประเสริฐเลิศคุณค่า", "noto-sans-thai"),
    "Bengali": ("আমি বাংলায় গান গাই ৯৫৪", "noto-sans-bengali"),
    "Tamil": ("யாமறிந்த மொழிகளிலே", "noto-sans-tamil"),
    "Armenian": ("Բոլոր մարդիկ ծնվում են ազատ", "noto-sans-armenian"),
    "Georgian": ("ყველა ადამიანი იბადება", "noto-sans-georgian"),
}  # fmt: skip


@cache
def _font(path: Path) -> TTFont:
    return TTFont(io.BytesIO(path.read_bytes()))


def _letters(family: str) -> set[int]:
    """What every style of the family can write."""
    maps = [set(_font(path).getBestCmap()) for path in FONTS.glob(f"{family}/*.ttf")]
    return set.intersection(*maps)


def _listed() -> dict[str, str]:
    lines = (FONTS / "SHA256SUMS").read_text().splitlines()
    return {
        name.removeprefix("./"): digest for digest, name in (line.split("  ") for line in lines)
    }


def test_the_hash_list_names_every_file_and_is_true() -> None:
    there = {
        str(path.relative_to(FONTS)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in FONTS.rglob("*")
        if path.suffix in {".ttf", ".otf", ".ttc", ".woff2"}
    }
    assert _listed() == there


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_loads_as_a_static_font(path: Path) -> None:
    font = _font(path)
    assert "fvar" not in font, "Chromium draws variable fonts into a PDF as shapes"
    assert len(font.getBestCmap()) > 100
    assert font["maxp"].numGlyphs > 100
    assert font["name"].getDebugName(1)
    assert font["OS/2"].fsType == 0, "the licence bits must allow embedding"


@pytest.mark.parametrize("family", FAMILIES, ids=lambda path: path.name)
def test_every_family_brings_its_licence(family: Path) -> None:
    text = (family / "OFL.txt").read_text(encoding="utf-8")
    assert text.startswith("Copyright")
    assert "SIL OPEN FONT LICENSE Version 1.1" in text
    assert "PERMISSION & CONDITIONS" in text


@pytest.mark.parametrize("family", FAMILIES, ids=lambda path: path.name)
def test_every_family_has_a_regular_or_semibold_and_a_bolder_or_slanted_style(family: Path) -> None:
    styles = {path.stem.rpartition("-")[2] for path in family.glob("*.ttf")}
    assert styles & {"Regular", "SemiBold"}
    assert styles & {"Bold", "ExtraBold", "Italic"}


@pytest.mark.parametrize("writing", WRITINGS)
def test_every_promised_script_can_be_written(writing: str) -> None:
    text, families = WRITINGS[writing]
    # Punctuation may come from the Latin font that stands before a script's own.
    letters = {letter for letter in text if unicodedata.category(letter)[0] in "LMN"}
    for family in families.split():
        assert not letters - {chr(code) for code in _letters(family)}, family


def test_all_files_together_stay_small() -> None:
    assert sum(path.stat().st_size for path in FILES) < 8_000_000


def test_the_font_configuration_reads_no_other_and_names_only_fonts_that_are_there() -> None:
    root = ET.parse(FONTS / "fonts.conf").getroot()
    assert not root.findall("include")
    own = {_font(path)["name"].getBestFamilyName() for path in FILES}
    targets = {string.text or "" for edit in root.iter("edit") for string in edit.iter("string")}
    targets |= {
        family.text or "" for prefer in root.iter("prefer") for family in prefer.iter("family")
    }
    outside = {name for name in targets - own - GENERIC if not name.startswith(tuple(SYSTEM))}
    assert not outside


def test_the_readme_names_every_family() -> None:
    readme = (FONTS / "README.md").read_text(encoding="utf-8")
    for path in FILES:
        name = str(_font(path)["name"].getBestFamilyName())
        assert name.removeprefix("Noto Sans ").removeprefix("Noto Serif ") in readme, name
