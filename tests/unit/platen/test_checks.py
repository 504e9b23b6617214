"""What `platen doctor` says of the key for credentials, and of the kernel's large pages."""

from pathlib import Path

import pytest

from platen.all_settings import read_all
from platen.checks import check_pages, check_secret

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


@pytest.mark.parametrize(
    ("enabled", "shared", "state", "named"),
    [
        ("[always] inherit madvise never", "[always] within_size never", "good", []),
        ("always inherit madvise [never]", "always [never]", "odd", ["enabled", "shmem_enabled"]),
        ("[always] inherit madvise never", "always [never]", "odd", ["shmem_enabled"]),
        ("always [inherit] madvise never", "[inherit] never", "odd", ["enabled"]),
        (None, None, "good", []),
    ],
)
async def test_large_pages_that_are_off_are_told_with_the_command_that_puts_them_on(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    enabled: str | None,
    shared: str | None,
    state: str,
    named: list[str],
) -> None:
    sizes = tmp_path / "hugepages-64kB"
    sizes.mkdir()
    monkeypatch.setattr("platen.checks._LARGE_PAGES", sizes)
    (tmp_path / "enabled").write_text("always [madvise] never\n")
    (tmp_path / "shmem_enabled").write_text("[always] never\n")
    for name, held in (("enabled", enabled), ("shmem_enabled", shared)):
        if held is not None:
            (sizes / name).write_text(held + "\n")
    found = await check_pages(read_all({"data_dir": str(tmp_path)}))
    assert found.state == state
    assert [Path(word).name for word in found.mend.split() if word.startswith("/")] == named
