from typing import Any

import pytest

from api.binding_names import in_newer_names, merged, policy_of_schedule
from core.errors import ValidationError

SCHEDULES: dict[Any, int | None] = {
    300: 300, "300": 300, "hourly": 3600, "@daily": 86_400, "weekly": 604_800, "15m": 900,
    "every 5 minutes": 300, "2 hours": 7200, "1d": 86_400, "* * * * *": 60, "*/5 * * * *": 300,
    "0 * * * *": 3600, "0 */6 * * *": 21_600, "30 4 * * *": 86_400,
    59: None, "30s": None, "2w": None, "sometimes": None, "0 0 1 * *": None, "": None, None: None,
    -300: None, 300.5: None, True: None, "*/0 * * * *": None,
}  # fmt: skip


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_is_understood_or_refused(schedule: Any) -> None:
    seconds = SCHEDULES[schedule]
    if seconds is None:
        with pytest.raises(ValidationError, match="schedule must be"):
            policy_of_schedule(schedule)
    else:
        assert policy_of_schedule(schedule) == {"type": "ttl", "ttlSeconds": seconds}


def test_schedules_by_name() -> None:
    assert policy_of_schedule("manual") == {"type": "manual"}
    assert policy_of_schedule({"type": "etag"}) == {"type": "etag"}


def test_a_newer_name_wins_over_an_older_one() -> None:
    sent = {
        "templateUid": "old", "templateId": "new", "dataUrl": "http://old",
        "dataSource": {"url": "http://new", "method": "POST"}, "format": "webp",
    }  # fmt: skip
    assert in_newer_names(sent) == {
        "templateId": "new",
        "dataSource": {"url": "http://new", "method": "POST"},
        "outputConfig": {"format": "webp"},
    }


def test_a_patch_is_merged_member_by_member_and_null_takes_away() -> None:
    base = {"name": "a", "version": 2, "mapping": {"x": "1", "y": "2"},
            "dataSource": {"url": "u", "headers": {"A": "1", "B": "2"}, "body": {"q": 1}}}  # fmt: skip
    patch = {"version": None, "mapping": {"x": None, "z": "3"},
             "dataSource": {"headers": {"A": None, "C": "3"}, "body": {"r": 2}}}  # fmt: skip
    assert merged(base, patch) == {
        "name": "a",
        "mapping": {"y": "2", "z": "3"},
        "dataSource": {"url": "u", "headers": {"B": "2", "C": "3"}, "body": {"r": 2}},
    }
