"""The reference is what the code says, and every page is linked from somewhere."""

import re
from pathlib import Path

import pytest

from platen.reference import FOLDER, reference_pages
from renderer.inspect.codes import WARNING_CODES


@pytest.mark.parametrize("name", ["settings.md", "routes.md", "errors.md", "events.md", "sizes.md"])
def test_a_reference_page_is_what_the_tables_in_the_code_say(name: str) -> None:
    written = (FOLDER / name).read_text(encoding="utf-8")
    assert written == reference_pages()[name], "run `python -m platen.reference`"


def test_every_relative_link_of_the_documents_leads_to_a_file(root: Path) -> None:
    pages = [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("f*/**/*.md")]
    broken = [
        f"{page.relative_to(root)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_warning_that_is_given_stands_in_the_table_and_in_its_page(root: Path) -> None:
    written = (root / "docs" / "warnings.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z_]+)` \|", written, re.MULTILINE) == list(WARNING_CODES)
    given: set[str] = set()
    for package in ("renderer", "templates_store", "jobs"):
        for source in (root / package).rglob("*.py"):
            text = source.read_text(encoding="utf-8")
            given |= set(re.findall(r"\b(?:work\.warn|Warn)\(\s*\"([a-z_]+)\"", text))
    assert given
    assert given <= set(WARNING_CODES)


def test_decisions_are_numbered_without_gap_or_twin_and_bear_their_number(root: Path) -> None:
    pages = sorted((root / "docs" / "decisions").glob("*.md"))
    numbers = [f"{number:04}" for number in range(1, len(pages) + 1)]
    assert [page.name[:4] for page in pages] == numbers
    titles = [page.read_text(encoding="utf-8").split(maxsplit=2)[:2] for page in pages]
    assert titles == [["#", number] for number in numbers]
