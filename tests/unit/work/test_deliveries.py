"""When deliveries are tried, and what proves them."""

import base64
import hashlib
import hmac
import re
import time
from email.utils import formatdate

import pytest
from standardwebhooks import Webhook

from core.clock import SECOND
from jobs.webhooks.match import pack_events, unpack_events
from jobs.webhooks.schedule import LONGEST_RETRY_AFTER, next_try, retry_after_seconds
from jobs.webhooks.settings import SCHEDULE, WebhookSettings
from jobs.webhooks.signature import new_secret, signature_headers

BODY = '{"type": "batch.completed", "data": {"n": "ü"}}'


def signed(*valid: str, at: int | None = None) -> dict[str, str]:
    moment = int(time.time()) if at is None else at
    return signature_headers(valid, message_id="evt_1", at=moment, body=BODY)


def test_the_schedule_is_the_contracts() -> None:
    assert SCHEDULE == (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    for tries, seconds in enumerate(SCHEDULE):
        moment = next_try(SCHEDULE, tries, 0)
        assert moment is not None
        assert 0.9 * seconds <= moment / SECOND <= 1.1 * seconds
    assert next_try(SCHEDULE, len(SCHEDULE), 0) is None


def test_retry_after_is_a_lower_bound_of_at_most_a_day() -> None:
    assert next_try(SCHEDULE, 1, 0, retry_after=3600) == 3600 * SECOND
    assert next_try(SCHEDULE, 1, 0, retry_after=10**9) == LONGEST_RETRY_AFTER * SECOND
    later = next_try(SCHEDULE, 9, 0, retry_after=1)
    assert later is not None
    assert later > 3600 * SECOND


def test_retry_after_is_read_in_both_forms() -> None:
    now = 1_700_000_000 * SECOND
    assert retry_after_seconds("120", now) == 120
    assert retry_after_seconds(formatdate(1_700_000_060, usegmt=True), now) == 60
    assert retry_after_seconds(formatdate(1_600_000_000, usegmt=True), now) == 0
    for nonsense in (None, "", "soon", "-5", "1e9", "٣", "9" * 400):
        assert retry_after_seconds(nonsense, now) is None


def test_a_short_schedule_can_be_set_and_a_bad_one_is_refused() -> None:
    assert WebhookSettings(webhook_schedule="0,0.5,2").webhook_schedule == (0, 0.5, 2)
    for bad in ("0,-1", "soon", ""):
        with pytest.raises(ValueError, match="webhook_schedule"):
            WebhookSettings(webhook_schedule=bad)


def test_both_families_of_signatures_verify() -> None:
    secret = new_secret()
    headers = signed(secret)
    assert Webhook(secret).verify(BODY, headers)["type"] == "batch.completed"
    match = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["X-Pictify-Signature"])
    assert match is not None
    told = hmac.new(secret.encode(), f"{match[1]}.{BODY}".encode(), hashlib.sha256).hexdigest()
    assert told == match[2]
    assert headers["webhook-timestamp"] == match[1]


def test_secrets_are_of_256_bits_and_never_the_same() -> None:
    made = {new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(len(base64.b64decode(one.removeprefix("whsec_"))) == 32 for one in made)


def test_packed_events_are_found_by_their_whole_names() -> None:
    packed = pack_events(("batch.completed", "render.failed", "batch.completed"))
    assert unpack_events(packed) == ("batch.completed", "render.failed")
    assert " batch.completed " in packed
    assert " completed " not in packed
