"""How far requests may go, by a key and a template together."""

import pytest

from core.reach import Reach

LISTS = Reach("allow-list", frozenset({"a.test", "b.test"}))


@pytest.mark.parametrize(
    ("reach", "permitted"),
    [(Reach(), {"a.test", "c.test"}), (LISTS, {"a.test"}), (Reach("none"), set())],
)
def test_a_reach_permits_everything_its_list_or_nothing(reach: Reach, permitted: set[str]) -> None:
    assert {host for host in ("a.test", "c.test") if reach.permits(host)} == permitted


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (Reach(), Reach(), Reach()),
        (Reach(), LISTS, LISTS),
        (Reach("none"), LISTS, Reach("none")),
        (Reach("none"), Reach(), Reach("none")),
        (
            LISTS,
            Reach("allow-list", frozenset({"b.test", "c.test"})),
            Reach("allow-list", frozenset({"b.test"})),
        ),
    ],
)
def test_the_narrower_of_two_holds_whichever_comes_first(
    one: Reach, other: Reach, both: Reach
) -> None:
    assert one.narrowed(other) == other.narrowed(one) == both


@pytest.mark.parametrize("reach", [Reach(), LISTS, Reach("none"), Reach("allow-list")])
def test_a_row_keeps_it(reach: Reach) -> None:
    assert Reach.of_json(reach.to_json()) == reach
