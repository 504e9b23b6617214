"""A policy and its hosts as people write them."""

from collections.abc import Sequence

from core.errors import ValidationError
from core.reach import POLICIES, Reach, ReachPolicy
from egress.errors import BlockedAddressError
from egress.target import Target

__all__ = ["MOST_HOSTS", "reach_of"]

MOST_HOSTS = 100


def reach_of(policy: str, hosts: Sequence[str], policy_field: str, hosts_field: str) -> Reach:
    """The reach that was meant. Raises ValidationError, which names the field that is wrong.

    A host is a whole name or address, without port, scheme or wildcard.
    """
    chosen: ReachPolicy | None = next((one for one in POLICIES if one == policy), None)
    if chosen is None:
        raise ValidationError.of(
            policy_field, f"{policy_field} must be one of {', '.join(POLICIES)}", "not_allowed"
        )
    if (chosen == "allow-list") != bool(hosts):
        raise ValidationError.of(
            hosts_field,
            f"{hosts_field} must name at least one host for allow-list, and none for the others",
            "required" if chosen == "allow-list" else "not_allowed",
        )
    if len(hosts) > MOST_HOSTS:
        raise ValidationError.of(
            hosts_field, f"{hosts_field} may have {MOST_HOSTS} hosts", "too_long"
        )
    return Reach(chosen, frozenset(_host(one, hosts_field) for one in hosts))


def _host(text: str, field: str) -> str:
    try:
        # Brackets around IPv6 are for URLs; without them its colons would be taken for a port.
        target = Target.of_authority("http", f"[{text}]" if text.count(":") > 1 else text)
    except BlockedAddressError:
        target = None
    if target is None or text.count(":") == 1:  # that would be a port
        raise ValidationError.of(
            field,
            f"{field}: {text[:100]!r} is no host. Write a whole name or address without port, "
            "such as images.example.com",
            "invalid",
        )
    return target.host
