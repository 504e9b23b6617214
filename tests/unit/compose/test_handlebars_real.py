"""Our Handlebars against handlebars.js itself, where Node and the package are on the machine."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from renderer.compose.handlebars.template import HandlebarsTemplate
from tests.unit.compose.handlebars_cases import CASES, DATA

_SCRIPT = """
const H = require(process.argv[1]);
const told = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(told.cases.map(source => {
  try { return H.compile(source)(told.data) } catch (error) { return {error: String(error)} }
})));
"""


def _package() -> Path:
    """`PLATEN_HANDLEBARS` is the folder of the npm package `handlebars`, version 4.7."""
    found = Path(os.environ.get("HANDLEBARS_JS", "/nonexistent"))
    if shutil.which("node") is None or not found.is_dir():
        pytest.skip("Node, or the package that HANDLEBARS_JS names, is not here")
    return found


@pytest.mark.full
def test_handlebars_js_prints_the_same() -> None:
    told = json.dumps({"cases": CASES, "data": DATA})
    command = ["node", "-e", _SCRIPT, str(_package())]
    done = subprocess.run(
        command, input=told, capture_output=True, text=True, check=True, timeout=60
    )
    expected = json.loads(done.stdout)
    assert len(expected) == len(CASES)
    ours = [HandlebarsTemplate(case, {}, strict=False).render(DATA, 10**6) for case in CASES]
    wrong = [row for row in zip(CASES, expected, ours, strict=True) if row[1] != row[2]]
    assert wrong == []
