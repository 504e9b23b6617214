from typing import Any

import pytest

from api.endpoint import Endpoint
from api.limits import RateLimiter
from api.plans import plan_table
from api.routes import templates
from api.settings import ApiSettings
from api.table import RouteTable


def test_the_plans_are_those_of_the_contract() -> None:
    plans = plan_table(ApiSettings(enterprise_per_minute=7, enterprise_per_day=8))
    shown = {plan.name: (plan.per_minute, plan.per_day) for plan in plans.values()}
    assert shown["free"] == (60, 1_000)
    assert shown["pro"] == (300, 10_000)
    assert shown["business"] == (1_000, 100_000)
    assert shown["enterprise"] == (7, 8)
    assert not plans["unlimited"].metered


def test_a_row_that_stands_twice_is_refused_at_start() -> None:
    none: Any = None
    twice = [Endpoint(route, none, none, none) for route in templates.ROUTES * 2]
    with pytest.raises(ValueError, match="stands in the table twice"):
        RouteTable(twice)


@pytest.mark.parametrize("value", ["ftp://x", "platen.test", "http://a b"])
def test_O07_a_public_url_that_is_none_is_refused(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLATEN_PUBLIC_URL", value)
    with pytest.raises(ValueError, match="public_url"):
        ApiSettings()


async def test_R05_a_redis_that_is_gone_closes_no_doors() -> None:
    limiter = RateLimiter(ApiSettings(), "redis://127.0.0.1:1/0")
    standings = [await limiter.take("ws", "free") for _ in range(3)]
    assert standings[0].minute_left == 59
    assert standings[-1].minute_left in {57, 59, 58}
    assert standings[0].day_left == 999


async def test_the_day_is_shown_when_it_ends_first() -> None:
    limiter = RateLimiter(ApiSettings(enterprise_per_minute=100, enterprise_per_day=1), None)
    first = await limiter.take("ws", "enterprise")
    assert dict(first.headers())[b"x-ratelimit-limit"] == b"1"
    second = await limiter.take("ws", "enterprise")
    assert second.day_left == -1
    assert dict(second.headers())[b"x-ratelimit-remaining"] == b"0"
