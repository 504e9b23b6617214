"""Bad values are refused at start with a sentence that names the variable."""

import pytest
from pydantic import ValidationError

from egress.settings import EgressSettings


def test_opened_targets_are_read_from_one_comma_list(monkeypatch) -> None:
    monkeypatch.setenv("PLATEN_EGRESS_ALLOW", " 10.1.2.3:8080, [fd00::1]:80 ,assets.internal:443,")
    assert EgressSettings().egress_allow == ("10.1.2.3:8080", "[fd00::1]:80", "assets.internal:443")


@pytest.mark.parametrize(
    "value",
    ["*", "10.0.0.0/8", "10.1.2.3", "http://a:80", "a:0", "a:b", "[::1]", "u@a:80", "*:80", ":80"],
)
def test_o07_nothing_but_single_targets_can_be_opened(monkeypatch, value: str) -> None:
    monkeypatch.setenv("PLATEN_EGRESS_ALLOW", value)
    with pytest.raises(ValidationError, match="PLATEN_EGRESS_ALLOW"):
        EgressSettings()


def test_the_limits_of_a_page_come_from_the_settings(monkeypatch) -> None:
    monkeypatch.setenv("PLATEN_PAGE_REQUESTS", "7")
    monkeypatch.setenv("PLATEN_PAGE_MEGABYTES", "2")
    limits = EgressSettings().limits()
    assert (limits.max_requests, limits.max_bytes) == (7, 2 * 1024 * 1024)
