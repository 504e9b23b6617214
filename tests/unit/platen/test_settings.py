from pathlib import Path

import pytest

from core.settings import CoreSettings, SettingsError, read_settings
from platen.settings import ServerSettings, Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PLATEN_PORT", "abc"),
        ("PLATEN_PORT", "-1"),
        ("PLATEN_PORT", "99999"),
        ("PLATEN_RETENTION_DAYS", "-3"),
        ("PLATEN_DATABASE_URL", "mysql://host/name"),
        ("PLATEN_STORAGE_URL", "ftp://host/"),
        ("PLATEN_API_KEY", "short"),
        ("PLATEN_LOG_FORMAT", "xml"),
        ("PLATEN_REDIS_URL", "http://host:6379"),
    ],
)
def test_O07_a_bad_value_is_refused_and_its_variable_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        Settings((ServerSettings, CoreSettings), {})


def test_every_bad_value_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATEN_PORT", "abc")
    monkeypatch.setenv("PLATEN_RETENTION_DAYS", "many")
    with pytest.raises(SettingsError, match=r"(?s)PLATEN_PORT.*PLATEN_RETENTION_DAYS"):
        Settings((ServerSettings, CoreSettings), {})


def test_a_secret_is_not_in_the_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATEN_API_KEY", "s3cr3t")
    with pytest.raises(SettingsError) as raised:
        read_settings(ServerSettings, {})
    assert "s3cr3t" not in str(raised.value)


def test_a_flag_wins_over_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATEN_PORT", "9000")
    assert read_settings(ServerSettings, {}).port == 9000
    assert read_settings(ServerSettings, {"port": 7000, "data_dir": "x"}).port == 7000


def test_the_embedded_defaults_lie_in_the_data_folder(tmp_path: Path) -> None:
    settings = read_settings(CoreSettings, {"data_dir": tmp_path})
    assert settings.database == f"sqlite:///{tmp_path}/platen.db"
    assert settings.artifacts_dir == tmp_path / "artifacts"


def test_a_relative_data_folder_becomes_absolute_once() -> None:
    assert read_settings(CoreSettings, {"data_dir": "data"}).data_dir == Path.cwd() / "data"


def test_an_unknown_variable_is_told_with_the_nearest_known() -> None:
    settings = Settings((ServerSettings, CoreSettings), {})
    environment = {"PLATEN_DATBASE_URL": "", "PLATEN_QQQQQQ": "", "PLATEN_PORT": "1", "HOME": "/"}
    assert list(settings.unknown(environment)) == [
        ("PLATEN_DATBASE_URL", "PLATEN_DATABASE_URL"),
        ("PLATEN_QQQQQQ", ""),
    ]


def test_a_short_key_is_refused_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATEN_API_KEY", "short")
    with pytest.raises(SettingsError, match="it must have at least 8 characters"):
        read_settings(ServerSettings, {})
