from collections.abc import Iterator
from pathlib import Path

import pytest
from support.postgres import private_postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'platen.db'}"
        return
    with private_postgres() as url:
        if url is None:
            pytest.skip("PostgreSQL is not installed")
        yield url
