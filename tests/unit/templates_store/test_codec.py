"""A version's settings as its row keeps them."""

from dataclasses import replace

import pytest

from core.reach import Reach
from templates_store.codec import settings_of, state_of
from templates_store.template import TemplateState

STATE = TemplateState(html="<p>x")


@pytest.mark.parametrize(
    "reach", [Reach(), Reach("none"), Reach("allow-list", frozenset({"b.test", "a.test"}))]
)
def test_a_state_comes_back_with_its_reach(reach: Reach) -> None:
    state = replace(STATE, reach=reach)
    assert state_of(settings_of(state, {}), state.html, {}) == state


def test_a_template_that_goes_everywhere_is_kept_as_it_was_before_there_were_policies() -> None:
    settings = settings_of(STATE, {})
    assert "reach" not in settings
    assert state_of(settings, STATE.html, {}).reach == Reach()
