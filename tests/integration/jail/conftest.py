"""One real jail for each module."""

from collections.abc import AsyncGenerator

import pytest

from renderer.compose.composer import Composer
from renderer.jail import Jail
from renderer.jail_settings import JailSettings


@pytest.fixture(scope="module")
async def jail() -> AsyncGenerator[Jail]:
    made = Jail(JailSettings(jail_compose_seconds=1.5, jail_document_children=1))
    await made.start()
    yield made
    await made.close()


@pytest.fixture
def composer(jail: Jail) -> Composer:
    return Composer(jail)
