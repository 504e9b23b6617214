"""HTTP's caching rules, one answer at a time."""

import pytest

from egress.freshness import keepable
from egress.models import Fetched

DATE = "Sun, 22 Nov 2026 12:00:00 GMT"
LATER = "Sun, 22 Nov 2026 12:10:00 GMT"


def answered(status: int = 200, **headers: str) -> Fetched:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fetched(status, named, b"body", "http://a.test/x")


@pytest.mark.parametrize(
    ("headers", "lifetime"),
    [
        ({"cache_control": "max-age=60"}, 60),
        ({"cache_control": 'Public, Max-Age="60"'}, 60),
        ({"cache_control": "max-age=60, s-maxage=10"}, 10),
        ({"cache_control": "max-age=60", "age": "50"}, 10),
        ({"expires": LATER, "date": DATE}, 600),
        ({"expires": LATER, "date": DATE, "cache_control": "max-age=60"}, 60),
        ({"last_modified": DATE, "date": LATER}, 60),
        ({"last_modified": "Thu, 01 Jan 2026 00:00:00 GMT", "date": DATE}, 300),
    ],
)
def test_an_answer_is_fresh_for_as_long_as_it_says(
    headers: dict[str, str], lifetime: float
) -> None:
    kept = keepable(answered(**headers), {})
    assert kept is not None
    assert kept.lifetime == pytest.approx(lifetime)
    assert kept.fresh()


@pytest.mark.parametrize(
    "headers",
    [
        {"cache_control": "no-cache", "etag": '"1"'},
        {"cache_control": "max-age=0", "etag": '"1"'},
        {"cache_control": "max-age=sixty", "etag": '"1"'},
        {"cache_control": "max-age=60", "age": "61", "etag": '"1"'},
        {"expires": "0", "etag": '"1"'},
        {"expires": DATE, "date": LATER, "etag": '"1"'},
        {"etag": '"1"'},
    ],
)
def test_what_is_stale_is_kept_to_be_asked_about(headers: dict[str, str]) -> None:
    kept = keepable(answered(**headers), {})
    assert kept is not None
    assert not kept.fresh()
    assert kept.conditions() == {"if-none-match": '"1"'}


@pytest.mark.parametrize(
    "headers",
    [
        {"cache_control": "no-store, max-age=60"},
        {"cache_control": "private, max-age=60"},
        {"cache_control": 'private="set-cookie", max-age=60'},
        {"cache_control": "max-age=60", "vary": "*"},
        {"cache_control": "max-age=60", "vary": "accept, *"},
        {},
        {"cache_control": "no-cache"},
    ],
)
def test_what_must_not_or_need_not_be_kept_is_not(headers: dict[str, str]) -> None:
    assert keepable(answered(**headers), {}) is None


@pytest.mark.parametrize("status", [204, 206, 302, 304, 307, 404, 500])
def test_only_whole_and_final_answers_are_kept(status: int) -> None:
    assert keepable(answered(status, cache_control="max-age=60"), {}) is None


def test_an_answer_that_varies_is_for_requests_that_are_alike() -> None:
    answer = answered(cache_control="max-age=60", vary="Accept, X-Other")
    kept = keepable(answer, {"accept": "image/webp"})
    assert kept is not None
    assert kept.fits({"accept": "image/webp", "accept-language": "de"})
    assert not kept.fits({"accept": "image/png"})
    assert not kept.fits({"accept": "image/webp", "x-other": "1"})


def test_a_304_renews_the_headers_and_leaves_the_body() -> None:
    kept = keepable(answered(etag='"1"', content_type="image/png"), {})
    assert kept is not None
    renewed = kept.renewed(answered(304, cache_control="max-age=5", content_length="0"))
    assert renewed is not None
    assert renewed.fresh()
    assert renewed.answer.body == b"body"
    assert renewed.answer.headers["content-type"] == "image/png"
    assert "content-length" not in renewed.answer.headers
    assert kept.renewed(answered(304, cache_control="no-store")) is None
