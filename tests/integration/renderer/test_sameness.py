"""The same input gives the same bytes, in another process and after other renders."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.rendering import Draw

from renderer.request import HtmlSource, PictureOptions

CHILD = Path(__file__).with_name("drawing_child.py")


def _drawn_elsewhere(folder: Path, root: Path) -> dict[str, str]:
    child = subprocess.run(
        [sys.executable, str(CHILD), str(folder)],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    return json.loads(child.stdout.splitlines()[-1])


@pytest.mark.timeout(240)
def test_every_fixture_is_the_same_bytes_in_two_processes(tmp_path: Path, root: Path) -> None:
    first = _drawn_elsewhere(tmp_path / "one", root)
    second = _drawn_elsewhere(tmp_path / "two", root)
    assert len(first) >= 15
    assert {name for name, digest in first.items() if second[name] != digest} == set()


async def test_what_was_drawn_before_on_a_page_does_not_show(draw: Draw) -> None:
    clean = HtmlSource(
        "<!doctype html><body style='background:#fed'><h1>Same</h1><svg width=9 height=9><circle r=4 /></svg>"
    )
    options = PictureOptions(width=200, height=100)
    expected = (await draw(clean, options)).data
    others = [
        ("<h1 style='font:900 90px serif'>Other</h1>", PictureOptions(width=300, height=50)),
        (
            "<body style='background:red'>",
            PictureOptions(width=200, height=100, device_scale_factor=2),
        ),
        ("<p style='height:3000px'>long", PictureOptions(width=200, height=100, full_page=True)),
        ("<p id=x>x", PictureOptions(width=200, height=100, selector="#x", transparent=False)),
    ]
    for html, other in others * 2:
        await draw(html, other)
        assert (await draw(clean, options)).data == expected
