import json
from dataclasses import replace

import pytest

from core.clock import SECOND
from jobs.batch.batch import Batch
from jobs.batch.command import ItemOptions
from jobs.batch.settings import BatchSettings
from jobs.batch.states import end_of
from jobs.batch.work.settle import storable

BATCH = Batch(
    id="bat_1", workspace_id="w", template_uid="t", version=1, state="processing", accepting=False,
    total=3, completed=0, failed=0, cancelled=0, options={}, labels={}, filename=None, code=None,
    error=None, priority=0, held=False, paused_us=None, run=1, run_us=None, run_base=0,
    expires_us=None, created_us=SECOND, started_us=None, finished_us=None,
)  # fmt: skip


def test_progress_is_100_only_at_the_end() -> None:
    assert BATCH.progress == 0
    assert replace(BATCH, completed=1).progress == 33
    assert replace(BATCH, completed=1, failed=1, cancelled=1).progress == 99
    assert replace(BATCH, completed=3, finished_us=2 * SECOND).progress == 100
    assert replace(BATCH, total=0).progress == 0


def test_the_end_tells_what_came_of_the_items() -> None:
    assert end_of(3, 0) == "completed"
    assert end_of(2, 1) == "partial"
    assert end_of(0, 3) == "failed"


def test_options_outlive_a_change_of_their_members() -> None:
    options = ItemOptions("png", layouts=(None, "square"), unknown_layouts=("odd",), quality=0.5)
    kept = json.loads(json.dumps(options.to_json()))
    assert ItemOptions.from_json(kept) == options
    assert ItemOptions.from_json({**kept, "of a later version": 1}) == options


def test_every_text_can_be_stored() -> None:
    assert storable("a\x00b") == "a\N{REPLACEMENT CHARACTER}b"
    assert storable("\ud800") == "?"
    assert len(storable("x" * 9999)) == 2000


@pytest.mark.parametrize(
    "name", ["batch_slots", "batch_lease", "batch_heartbeat", "batch_attempts"]
)
def test_o07_a_bad_setting_is_refused_by_name(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        BatchSettings(**{name: "-1"})
