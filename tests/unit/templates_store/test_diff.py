"""What differs between two versions, and that no text makes it slow."""

import random
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from templates_store.diff.lines import diff_sources
from templates_store.diff.versions import diff_versions
from templates_store.layouts import Layout
from templates_store.template import TemplateState
from templates_store.variables import VariableDefinition as Definition

TEXTS = [
    ("", "", 0, 0),
    ("a", "a\n", 1, 0),
    ("a\nb\nc", "a\nX\nc", 1, 1),
    ("a\nb\nc", "c\nb\na", 2, 2),
    ("<p>\n" * 50, "<p>\n" * 49 + "<b>\n", 1, 1),
    ("\n".join("abcdefgh"), "\n".join("abXcdefYgh"), 2, 0),
    ("x\ny", "", 1, 2),
]


@pytest.mark.parametrize(("before", "after", "added", "removed"), TEXTS)
def test_lines_that_came_and_went_are_counted(
    before: str, after: str, added: int, removed: int
) -> None:
    found = diff_sources(before, after)
    assert (found.added, found.removed) == (added, removed)
    assert bool(found.hunks) == (before != after)


def _applied(before: str, after: str) -> str:
    """The second text made from the first and the diff's lines alone."""
    old, made, at = before.split("\n"), list[str](), 0
    for hunk in diff_sources(before, after).hunks:
        for line in hunk.lines:
            if line.before is not None:
                made += old[at : line.before - 1]
                assert line.text == old[line.before - 1]
                at = line.before
            if line.after is not None:
                made.append(line.text)
                assert len(made) == line.after
    return "\n".join(made + old[at:])


def test_a_diff_turns_the_one_text_into_the_other() -> None:
    dice = random.Random(4)
    for _ in range(300):
        size, kinds = dice.randrange(60), dice.randrange(1, 40)
        before = [str(dice.randrange(kinds)) for _ in range(size)]
        after = [line for line in before if dice.random() > 0.2]
        for _ in range(dice.randrange(6)):
            after.insert(dice.randrange(len(after) + 1), str(dice.randrange(kinds)))
        assert _applied("\n".join(before), "\n".join(after)) == "\n".join(after)


def test_a_unified_diff_is_one_that_patch_takes(tmp_path: Path) -> None:
    patch = shutil.which("patch") or pytest.skip("there is no patch")
    before = "\n".join(f"line {n}" for n in range(60)) + "\n"
    after = before.replace("line 7\n", "").replace("line 40", "line forty\nand more")
    (tmp_path / "a").write_text(before)
    told = diff_sources(before, after).unified("version 1", "version 2")
    assert told.startswith("--- version 1\n+++ version 2\n@@ -5,7 +5,6 @@\n")
    subprocess.run([patch, "a"], cwd=tmp_path, input=told.encode(), check=True, timeout=10)
    assert (tmp_path / "a").read_text() == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\n" * 500_000, "a\n" * 250_000),
        ("a\nb\n" * 120_000, "b\na\n" * 120_000),
        ("".join(f"{n % 5000}\n" for n in range(90_000)), "".join(f"{n % 4999}\n" for n in range(90_000))),
        ("".join(f"{n}\n" for n in range(80_000)), "".join(f"{n}\n" for n in range(80_000, 0, -1))),
    ],
)  # fmt: skip
def test_no_text_of_half_a_megabyte_takes_long(before: str, after: str) -> None:
    began = time.process_time()
    diff_sources(before, after)
    assert time.process_time() - began < 5


def test_everything_that_a_version_fixes_is_compared() -> None:
    before = TemplateState(
        html="a\nb",
        definitions=(Definition("gone"), Definition("price", type="number", default=1)),
        layouts={"old": Layout(1, 1), "story": Layout(9, 16, "Story", "<p>")},
    )
    after = replace(
        before,
        html="a\nc",
        width=640,
        definitions=(Definition("price", type="number", default=2), Definition("fresh")),
        layouts={"story": Layout(9, 17, "Story", "<b>"), "new": Layout(2, 2)},
    )
    found = diff_versions(before, after)
    assert (found.source.added, found.source.removed) == (1, 1)
    assert [one.name for one in found.variables.added] == ["fresh"]
    assert [one.name for one in found.variables.removed] == ["gone"]
    ((name, (change,)),) = found.variables.changed
    assert (name, change.name, change.before, change.after) == ("price", "default", 1, 2)
    assert [(one.key, one.kind) for one in found.layouts] == [
        ("old", "removed"), ("story", "changed"), ("new", "added"),
    ]  # fmt: skip
    assert [change.name for change in found.layouts[1].changes] == ["height"]
    assert found.layouts[0].source is None
    assert [change.name for change in found.settings] == ["width"]
    same = diff_versions(before, before)
    assert (same.layouts, same.settings, same.source.hunks, same.variables.changed) == ((),) * 4
