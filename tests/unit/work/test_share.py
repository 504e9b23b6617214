from hypothesis import given
from hypothesis import strategies as st

from jobs.batch.work.share import Waiting, share


def test_M08_a_workspace_with_many_items_delays_another_by_one_turn() -> None:
    given_slots = share([Waiting("old", "big"), Waiting("new", "small")], 4)
    assert given_slots == {"old": 2, "new": 2}


def test_running_items_count_against_their_workspace() -> None:
    given_slots = share([Waiting("a", "big", running=4), Waiting("b", "small")], 4)
    assert given_slots == {"b": 4}


def test_within_a_workspace_the_oldest_batch_goes_first() -> None:
    assert share([Waiting("old", "w"), Waiting("new", "w")], 3) == {"old": 3}


def test_a_batch_never_gets_more_than_its_concurrency() -> None:
    batches = [Waiting("old", "w", running=1, limit=2), Waiting("new", "w")]
    assert share(batches, 5) == {"old": 1, "new": 4}


def test_nothing_waits_and_nothing_is_free() -> None:
    assert share([], 4) == {}
    assert share([Waiting("a", "w")], 0) == {}


@given(
    st.lists(
        st.builds(
            Waiting,
            batch_id=st.uuids().map(str),
            workspace_id=st.sampled_from("abc"),
            running=st.integers(0, 5),
            limit=st.none() | st.integers(1, 10),
        ),
        max_size=8,
    ),
    st.integers(0, 20),
)
def test_no_slot_is_given_twice_and_none_is_wasted(waiting: list[Waiting], free: int) -> None:
    slots = share(waiting, free)
    assert sum(slots.values()) <= free
    room = [None if one.limit is None else max(0, one.limit - one.running) for one in waiting]
    for one, most in zip(waiting, room, strict=True):
        assert most is None or slots[one.batch_id] <= most
    possible = free if None in room else min(free, sum(filter(None, room)))
    assert sum(slots.values()) == possible
