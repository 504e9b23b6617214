"""Policies and hosts as people write them."""

import pytest

from core.errors import ValidationError
from core.reach import Reach
from egress.hosts import MOST_HOSTS, reach_of


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("images.example.com", "images.example.com"),
        ("Images.Example.Com.", "images.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("93.184.216.34", "93.184.216.34"),
        ("2001:db8::0:1", "2001:db8::1"),
    ],
)
def test_a_host_is_taken_as_urls_name_it(written: str, meant: str) -> None:
    found = reach_of("allow-list", [written], "policy", "hosts")
    assert found == Reach("allow-list", frozenset({meant}))


@pytest.mark.parametrize(
    "written",
    [
        "",
        " a.test",
        "a.test:80",
        "*.a.test",
        "*",
        "http://a.test",
        "a.test/x",
        "u@a.test",
        "0x7f.1",
    ],
)
def test_what_is_no_host_is_refused_by_the_name_of_its_field(written: str) -> None:
    with pytest.raises(ValidationError) as raised:
        reach_of("allow-list", [written], "policy", "hosts")
    assert raised.value.fields[0].field == "hosts"


@pytest.mark.parametrize(
    ("policy", "hosts", "field"),
    [
        ("everything", [], "policy"),
        ("allow-list", [], "hosts"),
        ("none", ["a.test"], "hosts"),
        ("public", ["a.test"], "hosts"),
        ("allow-list", ["a.test"] * (MOST_HOSTS + 1), "hosts"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(
    policy: str, hosts: list[str], field: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        reach_of(policy, hosts, "policy", "hosts")
    assert raised.value.fields[0].field == field
