from pathlib import Path

import pytest

from core.sealing import SealedTextError, Sealing, SealingUnavailableError


def test_a_sealed_text_opens_with_the_same_key_for_the_same_thing_alone() -> None:
    sealing = Sealing("a key of sixteen or more", None)
    sealed = sealing.seal("s3cret", "bnd_1")
    assert "s3cret" not in sealed
    assert sealed != sealing.seal("s3cret", "bnd_1")
    assert Sealing("a key of sixteen or more", None).open(sealed, "bnd_1") == "s3cret"
    for other, about, text in (
        (sealing, "bnd_2", sealed),
        (Sealing("another key of that kind", None), "bnd_1", sealed),
        (sealing, "bnd_1", sealed[:-4] + "AAAA"),
        (sealing, "bnd_1", "v1."),
        (sealing, "bnd_1", "v1.é"),
    ):
        with pytest.raises(SealedTextError):
            other.open(text, about)


def test_a_key_is_made_in_the_data_folder_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    sealed = Sealing(None, tmp_path).seal("s3cret", "x")
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert Sealing(None, tmp_path).open(sealed, "x") == "s3cret"


def test_without_a_key_that_all_share_nothing_is_sealed() -> None:
    with pytest.raises(SealingUnavailableError, match="PLATEN_SECRET_KEY"):
        Sealing(None, None).seal("s3cret", "x")
