"""What `platen doctor` says of the key that credentials are encrypted with."""

from pathlib import Path

import pytest

from platen.all_settings import read_all
from platen.checks import check_secret

OTHER = {"PLATEN_DATABASE_URL": "postgresql://platen@db/platen"}
CASES = {
    "embedded": ({}, "good", "secret.key"),
    "a key": (OTHER | {"PLATEN_SECRET_KEY": "k" * 40}, "good", "PLATEN_SECRET_KEY"),
    "no key": (OTHER, "odd", "cannot be saved"),
}


@pytest.mark.parametrize("case", CASES)
async def test_a_shared_database_needs_a_key_that_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, case: str
) -> None:
    named, state, told = CASES[case]
    monkeypatch.setenv("PLATEN_DATA_DIR", str(tmp_path))
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    found = await check_secret(read_all({}))
    assert (found.state, told in found.text) == (state, True)
    assert bool(found.mend) == (state != "good")
    assert "k" * 40 not in found.text
