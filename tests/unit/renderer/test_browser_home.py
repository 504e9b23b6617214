"""A browser's directory, its starter, and what it may see."""

import os
import stat
from pathlib import Path

import pytest

from renderer.chromium.home import BrowserHome, sweep_homes
from renderer.chromium.program import find_program
from renderer.errors import EngineUnavailableError
from renderer.settings import RendererSettings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RendererSettings:
    monkeypatch.setenv("PLATEN_API_KEY", "pk_secret")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    return RendererSettings(data_dir=tmp_path)


def test_a_browser_sees_no_secret_and_only_our_fonts(settings: RendererSettings) -> None:
    home = BrowserHome.make(settings, Path("/usr/bin/true"))
    assert "pk_secret" not in " ".join(home.environment.values())
    assert home.environment["FONTCONFIG_FILE"].endswith("fonts.conf")
    assert home.environment["HOME"] == str(home.directory)
    home.remove()
    assert not home.directory.exists()


def test_the_starter_becomes_the_browser_so_that_signals_reach_it(
    settings: RendererSettings,
) -> None:
    home = BrowserHome.make(settings, Path("/opt/a browser"))
    script = home.starter.read_text()
    assert script.splitlines()[1].startswith("exec ")
    assert "'/opt/a browser' \"$@\"" in script
    assert ("setpriv" in script) == (os.geteuid() == 0)
    assert home.starter.stat().st_mode & stat.S_IXOTH
    home.remove()


def test_directories_of_processes_that_are_no_more_are_swept(settings: RendererSettings) -> None:
    home = BrowserHome.make(settings, Path("/usr/bin/true"))
    place, _, start, _ = home.directory.name.split("-")
    gone = home.directory.with_name(f"{place}-4194304-{start}-1")
    number_again = home.directory.with_name(f"{place}-{os.getpid()}-1-1")
    elsewhere = home.directory.with_name(f"0badcafe-{os.getpid()}-{start}-1")
    long_ago = home.directory.with_name(f"0badcafe-{os.getpid()}-{start}-2")
    for one in (gone, number_again, elsewhere, long_ago):
        one.mkdir()
    os.utime(long_ago, (0, 0))
    sweep_homes(settings)
    assert home.directory.exists()
    assert elsewhere.exists()
    assert not any(one.exists() for one in (gone, number_again, long_ago))


def test_a_script_is_no_browser(tmp_path: Path) -> None:
    wrapper = tmp_path / "wrapper"
    wrapper.write_text("#!/bin/sh\nreal-browser\n")
    with pytest.raises(EngineUnavailableError, match="PLATEN_CHROMIUM"):
        find_program(wrapper)
