"""How far requests may go on somebody's behalf: a key's rule, a template's, and both together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

__all__ = ["POLICIES", "Reach", "ReachPolicy"]

ReachPolicy = Literal["public", "allow-list", "none"]

POLICIES: tuple[ReachPolicy, ...] = get_args(ReachPolicy)
"""From the widest to the narrowest."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Every public address, only `hosts` of them, or nowhere.

    `hosts` are whole names or addresses in lower case and matter for `allow-list` alone. A reach
    never opens a private address: that only the operator does.
    """

    policy: ReachPolicy = "public"
    hosts: frozenset[str] = frozenset()

    def permits(self, host: str) -> bool:
        """Whether a request to this host (lower case) may be made at all."""
        return self.policy == "public" or (self.policy == "allow-list" and host in self.hosts)

    def narrowed(self, other: "Reach") -> "Reach":
        """What both permit."""
        if "none" in {self.policy, other.policy}:
            return Reach("none")
        if self.policy == "public":
            return other
        if other.policy == "public":
            return self
        return Reach("allow-list", self.hosts & other.hosts)

    def to_json(self) -> dict[str, Any] | None:
        """As a row keeps it; None stands for `public`."""
        if self.policy == "public":
            return None
        return {"policy": self.policy, "hosts": sorted(self.hosts)}

    @classmethod
    def of_json(cls, kept: Mapping[str, Any] | None) -> "Reach":
        """From a row."""
        return cls(kept["policy"], frozenset(kept["hosts"])) if kept else cls()
