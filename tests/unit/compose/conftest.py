"""The language without the jail: fast enough for tables."""

from collections.abc import Callable
from typing import Any

import pytest

from renderer.compose.assets import ASSETS
from renderer.compose.compiled import Compiled, run
from renderer.compose.surroundings import CURRENT, Surroundings

NOW = 1_795_000_000_000_000  # 2026-11-18T11:06:40Z
Show = Callable[..., str]


@pytest.fixture(scope="session")
def compiled() -> Compiled:
    return Compiled()


@pytest.fixture
def show(compiled: Compiled) -> Show:
    """Renders a source: `show("{{ a }}", a=1)`; `_strict`, `_locale`, `_zone` are options."""

    def render(
        _source: str,
        _strict: bool = False,
        _locale: str = "en-US",
        _zone: str = "UTC",
        **variables: Any,
    ) -> str:
        ASSETS.set({"logo.svg": "http://document.localhost/.assets/5e1f.svg"})
        CURRENT.set(Surroundings.of(_locale, _zone, NOW))
        return run(compiled.template(_source, strict=_strict), variables, 1_000_000)

    return render
