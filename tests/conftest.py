"""What every test has: a cleared environment, asyncio alone, and the checkout's root."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
KEPT = {
    "PLATEN_CHROMIUM",
    "PLATEN_ALLOW_NO_SANDBOX",
    "PLATEN_WRITE_HASHES",
    "PLATEN_KEEP_PICTURES",
}

for name in [name for name in os.environ if name.startswith("PLATEN_") and name not in KEPT]:
    del os.environ[name]
os.environ.setdefault("PLATEN_ALLOW_NO_SANDBOX", "1")  # the last resort, used only where it must


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout's root folder."""
    return ROOT


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test's folder is its tier, and its marker; what takes long is left out if not asked for."""
    if "full" not in (config.option.markexpr or ""):
        left_out = [item for item in items if item.get_closest_marker("full")]
        items[:] = [item for item in items if not item.get_closest_marker("full")]
        config.hook.pytest_deselected(items=left_out)
    for item in items:
        tier = Path(item.path).relative_to(ROOT / "tests").parts[0]
        if tier in {"unit", "integration", "acceptance"}:
            item.add_marker(tier)
