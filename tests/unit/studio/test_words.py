from typing import Any

import pytest

from studio.pages.sign_in import came_from
from studio.words import duration, plural, size, state_word, when


def test_figures_are_said_as_people_say_them() -> None:
    assert [duration(s) for s in (0.2, 59, 150, 3600, 7800)] == [
        "1 s",
        "59 s",
        "2 min",
        "1 h",
        "2 h 10 min",
    ]
    assert [size(n) for n in (12, 8_400, 2_100_000, 3_000_000_000)] == [
        "12 B",
        "8 kB",
        "2.1 MB",
        "3.0 GB",
    ]
    assert [plural(1, "row"), plural(1200, "row"), plural(2, "row does", "rows do")] == [
        "1 row",
        "1,200 rows",
        "2 rows do",
    ]
    assert when("2026-11-18T09:05:59.000Z") == "2026-11-18 09:05 UTC"


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"status": "processing"}, "Rendering"),
        ({"status": "processing", "paused": True}, "Paused"),
        ({"status": "processing", "awaitingApproval": True}, "Waiting for your yes"),
        ({"status": "pending", "accepting": True}, "Reading rows"),
        ({"status": "cancelled", "paused": True}, "Cancelled"),
    ],
)
def test_a_pause_and_a_proof_are_states_to_whoever_looks(
    members: dict[str, Any], word: str
) -> None:
    open_batch = {"paused": False, "awaitingApproval": False, "accepting": False}
    assert state_word(open_batch | members) == word


@pytest.mark.parametrize(
    "asked",
    ["https://evil.example", "//evil.example", "/studio\\evil", "/studiox", "/studio\n", None, ""],
)
def test_signing_in_leads_nowhere_but_into_the_studio(asked: str | None) -> None:
    assert came_from(asked) == "/studio"
    assert came_from("/studio/batches/bat_1?page=2") == "/studio/batches/bat_1?page=2"
